//! The log of security events: who logged in, who failed, what was changed and by whom.

use super::{Caller, Identity};
use crate::error::Result;
use crate::model::id::{AccountId, EventId};
use crate::model::policy::{self, Action};
use crate::model::viewer::Viewer;
use crate::store::Tx;
use crate::store::security_events::{self, Event};

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident $word:literal;)*) => {
        /// What happened.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Kind { $($(#[$doc])* $variant,)* }

        impl Kind {
            pub(super) fn as_str(self) -> &'static str { match self { $(Kind::$variant => $word,)* } }
        }
    };
}

kinds! {
    LogIn "log_in";
    LogInFailed "log_in_failed";
    LogInRefused "log_in_refused";
    LockedOut "locked_out";
    LogOut "log_out";
    LogOutEverywhere "log_out_everywhere";
    SessionRevoked "session_revoked";
    RefreshTokenReused "refresh_token_reused";
    SignUp "sign_up";
    AccountCreated "account_created";
    Invited "invited";
    ResetAsked "password_reset_asked";
    ResetDone "password_reset";
    PasswordChanged "password_changed";
    EmailChangeAsked "email_change_asked";
    EmailChanged "email_changed";
    NameChanged "name_changed";
    RolesChanged "roles_changed";
    Suspended "account_suspended";
    Restored "account_restored";
    Deleted "account_deleted";
    ProviderLinked "provider_linked";
    ProviderUnlinked "provider_unlinked";
    KeysChanged "keys_changed";
}

/// Writes an event in the transaction of what it tells of. Nothing secret and no address of mail stands in `detail`.
pub(super) async fn note(
    tx: &mut Tx,
    kind: Kind,
    account: Option<AccountId>,
    actor: Option<AccountId>,
    caller: &Caller,
    detail: &[(&str, String)],
) -> Result<()> {
    let detail: serde_json::Map<String, serde_json::Value> =
        detail.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into())).collect();
    let actor = actor.filter(|actor| Some(*actor) != account);
    let (address, detail) = (caller.address.to_string(), serde_json::Value::Object(detail).to_string());
    security_events::insert(tx, kind.as_str(), account, actor, Some(address), detail).await
}

impl Identity {
    /// Events, the newest first, before this one; of one account or of all.
    ///
    /// # Errors
    /// `FORBIDDEN` for all but administrators; what the database says.
    pub async fn events(
        &self,
        viewer: &Viewer,
        account: Option<AccountId>,
        before: Option<EventId>,
        limit: i64,
    ) -> Result<Vec<Event>> {
        policy::may(viewer, Action::ReadSecurityEvents)?;
        let mut conn = self.db.read().await?;
        security_events::list(&mut conn, account, before, limit).await
    }
}
