//! Mail over SMTP: it arrives, and what a server does not take is tried again.

use std::sync::{Arc, Mutex};

use masthead::app::App;
use masthead::identity::{Caller, Identity};
use masthead::model::viewer::Role;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

use super::{OTHER, account, link_token, mails};
use crate::harness::both;

/// A server that speaks as much of SMTP as it must, and refuses the first messages for now. Gives its port and what it took.
async fn smtp(refuse: usize) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let taken = Arc::new(Mutex::new(Vec::new()));
    let (kept, mut refuse) = (taken.clone(), refuse);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (read, mut write) = stream.into_split();
            let mut lines = BufReader::new(read).lines();
            write.write_all(b"220 here\r\n").await.unwrap();
            while let Ok(Some(line)) = lines.next_line().await {
                let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
                let says = match verb.as_str() {
                    "EHLO" => "250 here",
                    "DATA" => {
                        write.write_all(b"354 go on\r\n").await.unwrap();
                        let mut message = String::new();
                        while let Ok(Some(line)) = lines.next_line().await {
                            if line == "." {
                                break;
                            }
                            message.push_str(&line);
                            message.push_str("\r\n");
                        }
                        if refuse > 0 {
                            refuse -= 1;
                            "451 not now"
                        } else {
                            kept.lock().unwrap().push(message);
                            "250 taken"
                        }
                    }
                    "QUIT" => break,
                    _ => "250 fine",
                };
                if write.write_all(format!("{says}\r\n").as_bytes()).await.is_err() {
                    break;
                }
            }
        }
    });
    (port, taken)
}

both!(mail_goes_over_smtp_and_is_tried_again, async |t| {
    account(t, "ada@example.org", Role::Reader).await;
    let (port, taken) = smtp(2).await;
    let server = format!("smtp://127.0.0.1:{port}");
    let settings = t.settings_with(&[("mail.smtp", &server), ("mail.from", "The Post <post@example.org>")]);
    let identity = Identity::open(&App::with(settings, t.db.clone())).await.unwrap();
    identity.forgot_password(&Caller::operator(), "ada@example.org").await.unwrap();
    // Not taken: it waits, a minute at first and then two.
    assert_eq!(identity.send_mail().await.unwrap(), 0);
    assert_eq!(identity.send_mail().await.unwrap(), 0);
    t.clock.advance(61_000);
    assert_eq!(identity.send_mail().await.unwrap(), 0);
    t.clock.advance(61_000);
    assert_eq!(identity.send_mail().await.unwrap(), 0, "not yet");
    t.clock.advance(61_000);
    assert_eq!(identity.send_mail().await.unwrap(), 1);
    let arrived = taken.lock().unwrap().clone();
    assert_eq!(arrived.len(), 1);
    let mail = arrived[0].replace("=\r\n", "").replace("=3D", "=");
    assert!(mail.contains("From: \"The Post\" <post@example.org>") && mail.contains("To: ada@example.org"), "{mail}");
    // Each try has a link of its own, and the last one is good.
    let said = identity.reset_password(&Caller::operator(), &link_token(&mail), OTHER).await;
    assert!(said.is_ok(), "{said:?}");
    assert!(mails(t).is_empty(), "none is in the folder");
});
