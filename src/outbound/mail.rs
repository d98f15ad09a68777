//! Mail: over SMTP (RFC 5321) with TLS by `lettre`, or as files (RFC 5322) in a folder.

use std::path::PathBuf;
use std::time::Duration;

use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::response::Category;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::config::{Settings, SiteSettings};
use crate::error::{Code, Error, Result};

/// How long a server may take for one mail.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A mail to one reader, as text and as HTML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The address.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The same as a whole HTML document.
    pub html: String,
}

/// Sends mail. Cloning shares it.
#[derive(Clone)]
pub struct Mailer {
    from: Mailbox,
    way: Way,
}

#[derive(Clone)]
enum Way {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Folder(PathBuf),
}

/// Whether mail can be sent to this address: one of RFC 5321, of a host with a name.
pub fn is_address(email: &str) -> bool {
    email.len() <= crate::model::account::EMAIL_MOST && email.parse::<Address>().is_ok()
}

impl Mailer {
    /// The mailer of these settings.
    ///
    /// # Errors
    /// `CONFIG_INVALID` when the server or the sender cannot be used.
    pub fn new(settings: &Settings) -> Result<Mailer> {
        let mail = &settings.mail;
        let unusable = |key: &str, e: &dyn std::fmt::Display| {
            Error::new(
                Code::Config,
                format!("{key} cannot be used: {e}. See the comments of `masthead config default`."),
            )
        };
        let from = if mail.from.is_empty() { sender(&settings.site) } else { mail.from.clone() };
        let from: Mailbox = from.parse().map_err(|e| unusable("mail.from", &e))?;
        if mail.smtp.is_empty() {
            let folder = mail.folder(&settings.database);
            return Ok(Mailer { from, way: Way::Folder(folder) });
        }
        let mut url = url::Url::parse(mail.smtp.reveal()).map_err(|e| unusable("mail.smtp", &e))?;
        let password = mail.password.reveal();
        let user = percent_encoding::percent_decode_str(url.username()).decode_utf8_lossy().into_owned();
        let apart = !password.is_empty() && !user.is_empty();
        if apart {
            let _ = url.set_username("");
            let _ = url.set_password(None);
        }
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.as_str())
            // The library's message may have the address with a password in it.
            .map_err(|_| unusable("mail.smtp", &"it is no address of an SMTP server"))?
            .timeout(Some(TIMEOUT));
        if apart {
            builder = builder.credentials(Credentials::new(user, password.to_owned()));
        }
        Ok(Mailer { from, way: Way::Smtp(builder.build()) })
    }

    /// Where mail goes, in words for the log.
    pub fn way(&self) -> String {
        match &self.way {
            Way::Smtp(_) => "by SMTP".to_owned(),
            Way::Folder(folder) => format!("into the folder {}", folder.display()),
        }
    }

    /// Sends a letter.
    ///
    /// # Errors
    /// `INVALID_INPUT` when there is no such address; `UNAVAILABLE` when the server does not take it now; `IO` when the folder cannot
    /// be written.
    pub async fn send(&self, letter: &Letter) -> Result<()> {
        let refused =
            |e: &dyn std::fmt::Display| Error::new(Code::InvalidInput, format!("The mail cannot be written: {e}."));
        let to: Address = letter.to.parse().map_err(|e: lettre::address::AddressError| refused(&e))?;
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(letter.subject.as_str())
            .message_id(None)
            // What a machine sent is not to be answered by machines (RFC 3834, 5).
            .header(AutoSubmitted)
            .multipart(MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone()))
            .map_err(|e| refused(&e))?;
        match &self.way {
            Way::Smtp(transport) => {
                let sent = transport.send(message).await;
                sent.map(drop).map_err(|e| {
                    // Whether the server lets us in (x3x: RFC 4954, 6) says nothing of the mail.
                    let of_us = e.status().is_some_and(|code| code.category == Category::Unspecified3);
                    let code = if e.is_permanent() && !of_us { Code::InvalidInput } else { Code::Unavailable };
                    Error::new(code, "The mail server did not take the mail; see the log.").because(e)
                })
            }
            Way::Folder(folder) => {
                let bytes = message.formatted();
                let path = put(folder, &bytes).await.map_err(|e| {
                    let says = format!("{} cannot be written: {e}. Set mail.folder.", folder.display());
                    Error::new(Code::Io, says).because(e)
                })?;
                tracing::info!(path = %path.display(), "mail was put into a folder, for there is no mail server (mail.smtp)");
                Ok(())
            }
        }
    }
}

/// Writes a mail under another name first, so that whoever watches the folder sees whole files only.
async fn put(folder: &std::path::Path, bytes: &[u8]) -> std::io::Result<PathBuf> {
    let mut builder = tokio::fs::DirBuilder::new();
    builder.recursive(true);
    // Links that reset passwords are for the operator's eyes only.
    #[cfg(unix)]
    builder.mode(0o700);
    builder.create(folder).await?;
    let now = chrono::Utc::now().format("%Y%m%dT%H%M%S%.3fZ");
    let name = format!("{now}-{:08x}", rand::random::<u32>());
    let (path, part) = (folder.join(format!("{name}.eml")), folder.join(format!(".{name}.part")));
    tokio::fs::write(&part, bytes).await?;
    tokio::fs::rename(&part, &path).await?;
    Ok(path)
}

/// The sender where the settings name none.
fn sender(site: &SiteSettings) -> String {
    let host = match site.url.host() {
        Some(url::Host::Domain(name)) => name.to_owned(),
        // An address is no host that mail can be from; only a site in the making has one.
        _ => "localhost".to_owned(),
    };
    let name: String = site.name.chars().filter(|c| !c.is_control() && !matches!(c, '"' | '\\')).collect();
    format!("\"{name}\" <no-reply@{host}>")
}

/// `Auto-Submitted: auto-generated`.
#[derive(Clone)]
struct AutoSubmitted;

impl lettre::message::header::Header for AutoSubmitted {
    fn name() -> lettre::message::header::HeaderName {
        lettre::message::header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> std::result::Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(AutoSubmitted)
    }

    fn display(&self) -> lettre::message::header::HeaderValue {
        lettre::message::header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Sources;

    #[tokio::test]
    async fn mail_is_put_into_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let sources = Sources::none().flag("mail.folder", folder.path().display().to_string());
        let mailer = Mailer::new(&Settings::load(&sources).unwrap()).unwrap();
        let letter = Letter {
            to: "ada@example.org".into(),
            subject: "Ein Gruß".into(),
            text: "Hello, https://example.org/?token=abc\n".into(),
            html: "<p>Hello</p>".into(),
        };
        mailer.send(&letter).await.unwrap();
        let file = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
        let text = std::fs::read_to_string(file).unwrap();
        for part in
            ["To: ada@example.org", "Auto-Submitted: auto-generated", "multipart/alternative", "no-reply@localhost"]
        {
            assert!(text.contains(part), "{part} in {text}");
        }
        let letter = Letter { to: "ada@example.org\r\nBcc: eve@example.org".into(), ..letter };
        assert_eq!(mailer.send(&letter).await.unwrap_err().code(), Code::InvalidInput);
    }

    #[test]
    fn addresses_are_told_from_others() {
        assert!(is_address("ada@example.org") && is_address("a.b+c@sub.example.org"));
        for bad in [
            "",
            "ada",
            "ada@",
            "@example.org",
            "ada@example.org\n",
            "a b@example.org",
            &format!("{}@example.org", "x".repeat(250)),
        ] {
            assert!(!is_address(bad), "{bad:?}");
        }
    }
}
