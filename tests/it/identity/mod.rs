//! Accounts, sessions and tokens, through the doors.

mod abuse;
mod accounts;
mod mail;
mod permissions;
mod providers;
mod sessions;
mod socket;
mod tokens;

use std::collections::BTreeSet;

use masthead::identity::{Caller, Identity, NewAccount};
use masthead::model::account::Account;
use masthead::model::viewer::{Role, Viewer};
use serde_json::{Value, json};

use crate::harness::TestApp;
use crate::harness::http::{Said, Server};

/// A password that is good enough.
pub const PASSWORD: &str = "tarn ferry lamp quietly";
/// Another one.
pub const OTHER: &str = "marram cutter drift skerry";

/// Makes an account with a role and [`PASSWORD`].
pub async fn account(t: &TestApp, email: &str, role: Role) -> Account {
    let identity = Identity::open(&t.app()).await.expect("it opens");
    let name = email.split('@').next().unwrap().to_owned();
    let new = NewAccount { email: email.to_owned(), name, roles: role.into(), password: Some(PASSWORD.to_owned()) };
    identity.create_account(&Caller::operator(), &Viewer::system(), new).await.expect("an account")
}

/// Logs in by token; gives the whole answer.
pub async fn log_in(server: &Server, email: &str, password: &str) -> Said {
    server.post("/v1/auth/log-in", json!({ "email": email, "password": password })).await
}

/// An access token.
pub async fn token(server: &Server, email: &str) -> String {
    let said = log_in(server, email, PASSWORD).await;
    assert_eq!(said.status, 200, "{said:?}");
    said.text("/accessToken").to_owned()
}

/// The session cookie that an answer sets, as `name=value`, and the rest of the header.
pub fn cookie_of(said: &Said) -> (String, String) {
    let header = said.header("set-cookie");
    let (pair, rest) = header.split_once(';').unwrap_or((header, ""));
    (pair.to_owned(), rest.to_owned())
}

/// Logs in by cookie: the cookie and its token against forged requests.
pub async fn log_in_by_cookie(server: &Server, email: &str, remember: bool) -> (String, String) {
    let form = json!({ "email": email, "password": PASSWORD, "mode": "COOKIE", "remember": remember });
    let said = server.post("/v1/auth/log-in", form).await;
    assert_eq!(said.status, 200, "{said:?}");
    (cookie_of(&said).0, said.text("/csrfToken").to_owned())
}

/// A request with a cookie, and perhaps with the token against forged requests.
pub async fn with_cookie(
    server: &Server,
    method: &str,
    path: &str,
    cookie: &str,
    csrf: Option<&str>,
    body: Option<Value>,
) -> Said {
    let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
    let mut request = server.client.request(method, format!("{}{path}", server.base)).header("cookie", cookie);
    if let Some(csrf) = csrf {
        request = request.header("x-csrf-token", csrf);
    }
    if let Some(body) = body {
        request = request.json(&body);
    }
    Said::of(request.send().await.unwrap()).await
}

/// The mails that were put into the folder, each decoded, in the order in which they were sent.
pub fn mails(t: &TestApp) -> Vec<String> {
    let Ok(folder) = std::fs::read_dir(t.mail()) else { return Vec::new() };
    let paths: BTreeSet<_> =
        folder.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "eml")).collect();
    paths.iter().map(|path| decoded(&std::fs::read_to_string(path).unwrap())).collect()
}

/// Quoted-printable (RFC 2045, 6.7), well enough for what we send.
fn decoded(text: &str) -> String {
    let text = text.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        match (first, tail) {
            (b'=', [a, b, after @ ..]) => {
                let hex = std::str::from_utf8(&[*a, *b]).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok());
                bytes.push(hex.unwrap_or(b'='));
                rest = if hex.is_some() { after } else { tail };
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Waits until so many mails were sent; gives all.
pub async fn mails_at_least(t: &TestApp, n: usize) -> Vec<String> {
    for _ in 0..200 {
        let mails = mails(t);
        if mails.len() >= n {
            return mails;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{n} mails were waited for, and there are {:?}", mails(t));
}

/// The token of the link in a mail.
pub fn link_token(mail: &str) -> String {
    let at = mail.find("token=").or_else(|| mail.find("invitation=")).unwrap_or_else(|| panic!("no link in {mail}"));
    let value = &mail[at..];
    let value = &value[value.find('=').unwrap() + 1..];
    value.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect()
}
