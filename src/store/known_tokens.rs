//! Tokens as they were last looked up, with their connections.

use crate::domain::token::Access;
use parking_lot::RwLock;
use std::collections::HashMap;
use std::sync::Arc;

/// The tokens that were looked up since access last changed, with their connections. Any process that changes access
/// raises the count in the store, so a transaction that compares the counts never believes a token that was revoked.
#[derive(Default)]
pub(super) struct KnownTokens(RwLock<CachedTokens>);

/// What was found at one count.
#[derive(Default)]
struct CachedTokens {
    changes: i64,
    tokens: HashMap<String, Arc<Access>>,
}

/// How many are kept.
const KEPT: usize = 1024;

impl KnownTokens {
    /// What was last found of a token; it may have changed since.
    pub(super) fn recall(&self, id: &str) -> Option<Arc<Access>> {
        let found = self.0.read();
        found.tokens.get(id).map(Arc::clone)
    }

    /// Makes the next request look the token up again.
    pub(super) fn forget(&self, id: &str) {
        self.0.write().tokens.remove(id);
    }

    /// Keeps what was found of a token.
    pub(super) fn keep(&self, access: &Arc<Access>) {
        let mut found = self.0.write();
        // A reader may still see the store as it was some changes ago.
        if access.changes < found.changes {
            return;
        }
        if access.changes > found.changes || found.tokens.len() >= KEPT {
            *found = CachedTokens { changes: access.changes, tokens: HashMap::new() };
        }
        found.tokens.insert(access.token.id.clone(), Arc::clone(access));
    }
}
