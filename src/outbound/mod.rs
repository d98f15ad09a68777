//! What goes out of the house: mail, and requests to other servers.
//!
//! [`mail::Mailer`] sends over SMTP, or puts mail into a folder where there is no server. [`client::Client`] makes requests
//! that cannot lead into private networks. What is not here: what mail says and when it is sent, and what providers are
//! asked (`identity`).
//!
//! ```no_run
//! # async fn example(settings: &masthead::config::Settings) -> masthead::error::Result<()> {
//! use masthead::outbound::mail::{Letter, Mailer};
//! let mailer = Mailer::new(settings)?;
//! let letter = Letter {
//!     to: "ada@example.org".to_owned(),
//!     subject: "Welcome".to_owned(),
//!     text: "Hello.".to_owned(),
//!     html: "<p>Hello.</p>".to_owned(),
//! };
//! mailer.send(&letter).await
//! # }
//! ```

pub mod client;
pub mod mail;
