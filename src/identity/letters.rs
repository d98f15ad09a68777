//! What is mailed, and the one who sends it.
//!
//! Mail is queued in the transaction of what it tells of (`store::mail_queue`); the link is made when the mail is sent, so
//! that its secret stands in the mail and nowhere else. (A sign-up waits with the hash of its password, as an account has
//! it.) A mail that a server does not take is tried again for a day, each time with a link of its own.

use serde::{Deserialize, Serialize};

use super::recovery::{RESET, Reset};
use super::sign_up::{CHANGE_EMAIL, INVITATION, Invitation, NewEmail, Pending, SIGN_UP};
use super::{Identity, millis, secrets};
use crate::error::{Code, Error, Result};
use crate::model::account::{Account, Status, email_key};
use crate::model::id::AccountId;
use crate::outbound::mail::Letter;
use crate::store::mail_queue::{self, Waiting};
use crate::store::{accounts, one_time};

/// How long a mail is tried.
const TRIED_FOR: i64 = 24 * 3_600_000;

/// A mail that waits.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "mail", rename_all = "snake_case")]
pub(super) enum Mail {
    SignUp(Pending),
    Reset { email: String },
    ChangeEmail { account: AccountId, email: String, epoch: i64 },
    EmailChanging { to: String, name: String },
    Invite(Invitation),
    PasswordChanged { to: String, name: String },
    EmailChanged { to: String, name: String },
    ProviderLinked { to: String, name: String, provider: String },
}

impl Mail {
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Mail::SignUp(_) => "sign_up",
            Mail::Reset { .. } => "reset",
            Mail::ChangeEmail { .. } => "change_email",
            Mail::EmailChanging { .. } => "email_changing",
            Mail::Invite(_) => "invite",
            Mail::PasswordChanged { .. } => "password_changed",
            Mail::EmailChanged { .. } => "email_changed",
            Mail::ProviderLinked { .. } => "provider_linked",
        }
    }

    fn to(&self) -> &str {
        match self {
            Mail::SignUp(pending) => &pending.email,
            Mail::Invite(invitation) => &invitation.email,
            Mail::Reset { email } | Mail::ChangeEmail { email, .. } => email,
            Mail::PasswordChanged { to, .. }
            | Mail::EmailChanging { to, .. }
            | Mail::EmailChanged { to, .. }
            | Mail::ProviderLinked { to, .. } => to,
        }
    }
}

/// A letter in the making: paragraphs, and perhaps a button.
struct Draft {
    subject: String,
    greeting: String,
    before: Vec<String>,
    button: Option<(&'static str, String)>,
    after: Vec<String>,
}

fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            c => html.push(c),
        }
    }
    html
}

impl Draft {
    fn letter(&self, to: &str, site: &str) -> Letter {
        let mut text = format!("{}\n\n", self.greeting);
        let mut body = format!("<p>{}</p>", escaped(&self.greeting));
        for paragraph in &self.before {
            text.push_str(&format!("{paragraph}\n\n"));
            body.push_str(&format!("<p>{}</p>", escaped(paragraph)));
        }
        if let Some((words, link)) = &self.button {
            let (words, href) = (escaped(words), escaped(link));
            text.push_str(&format!("{link}\n\n"));
            body.push_str(&format!(
                "<p><a href=\"{href}\" style=\"display:inline-block;padding:10px 18px;background:#123a5e;color:#ffffff;\
                 text-decoration:none;border-radius:4px\">{words}</a></p>\
                 <p style=\"font-size:13px;color:#555555\">Or open this address: <a href=\"{href}\">{href}</a></p>"
            ));
        }
        for paragraph in &self.after {
            text.push_str(&format!("{paragraph}\n\n"));
            body.push_str(&format!("<p>{}</p>", escaped(paragraph)));
        }
        text.push_str(&format!("{site}\n"));
        let html = format!(
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title></head>\
             <body style=\"font-family:Georgia,serif;font-size:16px;line-height:1.5;color:#1a1a1a;max-width:36em;margin:2em auto;padding:0 1em\">\
             {body}<p style=\"color:#555555\">{site}</p></body></html>\n",
            title = escaped(&self.subject),
            site = escaped(site),
        );
        Letter { to: to.to_owned(), subject: self.subject.clone(), text, html }
    }
}

impl Identity {
    /// Sends what waits; gives how many mails it got rid of. Others may do the same at the same time.
    ///
    /// # Errors
    /// What the database says.
    pub async fn send_mail(&self) -> Result<usize> {
        let mut sent = 0;
        loop {
            let mut conn = self.db.read().await?;
            let due = mail_queue::due(&mut conn, self.now()).await?;
            drop(conn);
            let Some(mail) = due else { return Ok(sent) };
            // Twice as long after each try: a minute at first, an hour at last.
            let again = self.now().plus_millis((60_000_i64 << mail.tries.clamp(0, 6)).min(3_600_000));
            let taken = mail.clone();
            let claimed = self.db.write(move |tx| {
                let taken = taken.clone();
                Box::pin(async move { mail_queue::claim(tx, &taken, again).await })
            });
            if !claimed.await?.value {
                continue;
            }
            let id = mail.id;
            match self.deliver(&mail).await {
                Err(error)
                    if error.code() != Code::InvalidInput && self.now().millis() - mail.at.millis() < TRIED_FOR =>
                {
                    tracing::warn!(?error, tries = mail.tries + 1, "a mail was not sent; it will be tried again");
                    continue;
                }
                Err(error) => tracing::error!(?error, "a mail cannot be sent, and is given up"),
                Ok(()) => sent += 1,
            }
            self.db.write(move |tx| Box::pin(async move { mail_queue::done(tx, id).await })).await?;
        }
    }

    async fn deliver(&self, waiting: &Waiting) -> Result<()> {
        let mail: Mail = serde_json::from_str(&waiting.data)
            .map_err(|e| Error::new(Code::InvalidInput, "The mail that waits cannot be read.").because(e))?;
        // A mail that is tried again was counted.
        if waiting.tries == 0 && !self.limits.may_mail(mail.kind(), mail.to()) {
            tracing::warn!(kind = mail.kind(), "too many mails of a kind to one address; one is left out");
            return Ok(());
        }
        let mut conn = self.db.read().await?;
        let found = accounts::by_email(&mut conn, mail.to()).await?.map(|found| found.account);
        drop(conn);
        // To the address that the account has, not to the one that was typed: addresses that are compared as one may
        // be two to a mail server, and the other one may be a stranger's.
        let to = found.as_ref().and_then(|account| account.email.clone()).unwrap_or_else(|| mail.to().to_owned());
        match self.draft(&mail, found).await? {
            Some(draft) => self.mailer.send(&draft.letter(&to, &self.settings.site.name)).await,
            None => Ok(()),
        }
    }

    /// Keeps a link and gives its address.
    async fn link<T: Serialize + Clone + Send + Sync + 'static>(
        &self,
        purpose: &'static str,
        subject: String,
        data: T,
        life: std::time::Duration,
        page: &str,
    ) -> Result<String> {
        let token = secrets::fresh();
        let (hash, until) = (secrets::hash(&token), self.now().plus_millis(millis(life)));
        self.db
            .write(move |tx| {
                let (hash, subject, data) = (hash.clone(), subject.clone(), data.clone());
                Box::pin(async move { one_time::keep(tx, &hash, purpose, &subject, &data, until).await })
            })
            .await?;
        Ok(self.settings.auth.page(page, &self.settings.site, &token))
    }

    /// What a mail says; none when there is nobody to say it to.
    async fn draft(&self, mail: &Mail, found: Option<Account>) -> Result<Option<Draft>> {
        let (auth, site) = (&self.settings.auth, self.settings.site.name.as_str());
        let hours = |life: std::time::Duration| humantime::format_duration(life).to_string();
        let not_you = || "If this was not you, you need not do anything.".to_owned();
        let hello = |name: &str| format!("Hello {name},");
        Ok(Some(match (mail, found) {
            (Mail::SignUp(pending), Some(account)) => {
                // Whoever signed up learns nothing; the owner learns that somebody tried.
                let _ = pending;
                Draft {
                    subject: format!("You have an account at {site}"),
                    greeting: hello(&account.name),
                    before: vec![format!(
                        "Somebody, perhaps you, wanted to make an account at {site} with this address. It has one already: log in with it. If you forgot the password, ask for a link on the log-in page."
                    )],
                    button: None,
                    after: vec![not_you()],
                }
            }
            (Mail::SignUp(pending), None) => {
                // Each sign-up has a link of its own: nobody makes another's void by signing up with their address.
                let subject = format!("{} {}", email_key(&pending.email), secrets::fresh());
                let link =
                    self.link(SIGN_UP, subject, pending.clone(), auth.verify_link, &auth.verify_page).await?;
                Draft {
                    subject: format!("Confirm your address for {site}"),
                    greeting: hello(&pending.name),
                    before: vec![format!("With this link your account at {site} is made:")],
                    button: Some(("Confirm the address", link)),
                    after: vec![format!(
                        "The link is good once, for {}. If this was not you, do not follow it: it would make an account with a password that you did not choose.",
                        hours(auth.verify_link)
                    )],
                }
            }
            (Mail::Reset { .. }, Some(account)) if account.status == Status::Active => {
                let subject = account.id.to_string();
                let link =
                    self.link(RESET, subject, Reset { account: account.id }, auth.reset_link, &auth.reset_page).await?;
                Draft {
                    subject: format!("Choose a new password for {site}"),
                    greeting: hello(&account.name),
                    before: vec!["With this link you choose a new password:".to_owned()],
                    button: Some(("Choose a new password", link)),
                    after: vec![format!(
                        "The link is good once, for {}, and only the newest one is. All sessions end when you have chosen. {}",
                        hours(auth.reset_link),
                        not_you()
                    )],
                }
            }
            (Mail::Reset { .. }, _) => return Ok(None),
            (Mail::ChangeEmail { .. }, Some(account)) => Draft {
                subject: format!("This address has an account at {site}"),
                greeting: hello(&account.name),
                before: vec![format!(
                    "Somebody wanted to use this address for another account at {site}. It has one already, so nothing was changed."
                )],
                button: None,
                after: vec![],
            },
            (Mail::ChangeEmail { account, email, epoch }, None) => {
                let data = NewEmail { account: *account, email: email.clone(), epoch: *epoch };
                let link =
                    self.link(CHANGE_EMAIL, account.to_string(), data, auth.verify_link, &auth.verify_page).await?;
                Draft {
                    subject: format!("Confirm your new address for {site}"),
                    greeting: "Hello,".to_owned(),
                    before: vec![format!("With this link this address becomes the one of your account at {site}:")],
                    button: Some(("Confirm the address", link)),
                    after: vec![format!("The link is good once, for {}. {}", hours(auth.verify_link), not_you())],
                }
            }
            (Mail::Invite(_), Some(_)) => return Ok(None),
            (Mail::Invite(invitation), None) => {
                let link = self
                    .link(INVITATION, email_key(&invitation.email), invitation.clone(), auth.invitation, &auth.invitation_page)
                    .await?;
                Draft {
                    subject: format!("You are invited to {site}"),
                    greeting: "Hello,".to_owned(),
                    before: vec![format!("You are invited to {site} as {}. With this link you make your account:", invitation.roles)],
                    button: Some(("Make the account", link)),
                    after: vec![format!("The link is good once, for {}.", hours(auth.invitation))],
                }
            }
            (Mail::PasswordChanged { name, .. }, _) => Draft {
                subject: format!("Your password for {site} was changed"),
                greeting: hello(name),
                before: vec![format!("The password of your account at {site} was changed just now, and other sessions have ended.")],
                button: None,
                after: vec!["If this was not you, ask for a link to choose a new password on the log-in page at once, and tell us.".to_owned()],
            },
            (Mail::ProviderLinked { name, provider, .. }, _) => Draft {
                subject: format!("You can log in to {site} with {provider} now"),
                greeting: hello(name),
                before: vec![format!("Your account at {site} was linked with one at {provider} just now: whoever can log in there can log in to it.")],
                button: None,
                after: vec!["If this was not you, log in and remove the link at once, choose a new password, and tell us.".to_owned()],
            },
            (Mail::EmailChanging { name, .. }, _) => Draft {
                subject: format!("Another address for your account at {site}"),
                greeting: hello(name),
                before: vec![format!(
                    "Somebody who is logged in to your account at {site} asked for another address of mail. It changes when a link that was sent there is followed."
                )],
                button: None,
                after: vec!["If this was not you, choose a new password at once: then the link is void.".to_owned()],
            },
            (Mail::EmailChanged { name, .. }, _) => Draft {
                subject: format!("Your address for {site} was changed"),
                greeting: hello(name),
                before: vec![format!("Your account at {site} has another address of mail now; this one is no longer used.")],
                button: None,
                after: vec!["If this was not you, tell us at once.".to_owned()],
            },
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_say_the_same_twice_and_carry_no_markup_of_others() {
        let draft = Draft {
            subject: "A <b> & c".into(),
            greeting: "Hello <script>alert(1)</script>,".into(),
            before: vec!["One.".into()],
            button: Some(("Go", "https://example.org/?a=1&token=x\"y".into())),
            after: vec!["Two.".into()],
        };
        let letter = draft.letter("ada@example.org", "The Site");
        assert!(letter.text.contains("https://example.org/?a=1&token=x\"y") && letter.text.ends_with("The Site\n"));
        assert!(letter.html.contains("&lt;script&gt;") && !letter.html.contains("<script"));
        assert!(letter.html.contains("href=\"https://example.org/?a=1&amp;token=x&quot;y\""));
        for part in ["One.", "Two."] {
            assert!(letter.text.contains(part) && letter.html.contains(part));
        }
    }
}
