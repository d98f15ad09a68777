//! The root of all mutations, put together from one object a noun.

use async_graphql::MergedObject;

use super::account_mutation::{self, AccountMutation};
use super::newsroom_collection::{self, CollectionMutation};
use super::newsroom_mutation::{self, NewsroomMutation};
use super::taxonomy::{self, TaxonomyMutation};
use crate::model::policy::{Action, Whose};

/// Who may run an operation, as `http::endpoint::Needs` has it: the action and whose; none for everybody.
pub type Needs = Option<(Action, Whose)>;

/// What each mutation needs, by noun. A test holds this against the schema and against what the mutations decide.
pub const MUTATIONS: &[&[(&str, Needs)]] =
    &[account_mutation::NEEDS, newsroom_mutation::NEEDS, taxonomy::NEEDS, newsroom_collection::NEEDS];

/// The root of all mutations. They run one after the other.
#[derive(MergedObject, Default)]
pub struct Mutation(AccountMutation, NewsroomMutation, TaxonomyMutation, CollectionMutation);
