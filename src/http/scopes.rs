//! The one table of resources and the scopes they need. A resource that is missing in it needs an admin key, so
//! that a forgotten line opens nothing.

use actix_web::http::Method;

use super::assets;
use crate::access::Scope;

/// The key that a request needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// None: health checks and files for browsers are open to everyone.
    Nothing,
    /// Any valid key. No resource has the address, and only callers with a key learn that.
    AnyKey,
    /// A key with this scope.
    Scope(Scope),
}

/// The need of the resource with this pattern; the pattern is `None` if no resource has the address.
pub(super) fn need(pattern: Option<&str>, method: &Method) -> Need {
    let Some(pattern) = pattern else { return Need::AnyKey };
    let reads = matches!(*method, Method::GET | Method::HEAD);
    Need::Scope(match pattern {
        "/healthz" | "/readyz" => return Need::Nothing,
        file if assets::is_file(file) => return Need::Nothing,
        "/v1/search" => Scope::Search,
        "/v1/search/explain" => Scope::Curation,
        "/v1/suggest" => Scope::Suggest,
        "/v1/recommend" | "/v1/home" | "/v1/navigation" => Scope::Recommend,
        "/v1/products/{id}" | "/v1/products/batch" => Scope::Catalogue,
        "/v1/events" | "/v1/profiles/{id}/consent" | "/v1/profiles/{id}/preferences" => Scope::Events,
        "/v1/identify" | "/v1/identify/unlink" => Scope::Identify,
        "/v1/profiles/{id}" if reads => Scope::Profiles,
        "/v1/profiles/{id}" | "/v1/profiles/{id}/export" | "/v1/erasures/{receipt}" => Scope::Privacy,
        "/v1/reports/identity" | "/v1/reports/visits" | "/v1/reports/attribution" => Scope::Reports,
        "/v1/keys" | "/v1/keys/{id}" => Scope::Keys,
        "/v1/synonyms" | "/v1/synonyms/import" | "/v1/synonyms/{id}" => Scope::Curation,
        "/v1/stop-words" | "/v1/stop-words/{lang}" => Scope::Curation,
        "/v1/rules" | "/v1/rules/conflicts" | "/v1/rules/preview" => Scope::Curation,
        "/v1/rules/{id}" | "/v1/rules/{id}/publish" => Scope::Curation,
        "/v1/curation/versions" | "/v1/curation/versions/{number}" => Scope::Curation,
        "/v1/curation/versions/{number}/restore" => Scope::Curation,
        _ => Scope::Admin,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_in_the_table_needs_an_admin_and_nothing_there_needs_a_key() {
        assert_eq!(need(Some("/v1/settings"), &Method::GET), Need::Scope(Scope::Admin));
        assert_eq!(need(None, &Method::GET), Need::AnyKey);
        assert_eq!(need(Some("/readyz"), &Method::GET), Need::Nothing);
        assert_eq!(need(Some("/v1/profiles/{id}"), &Method::GET), Need::Scope(Scope::Profiles));
        assert_eq!(need(Some("/v1/profiles/{id}"), &Method::DELETE), Need::Scope(Scope::Privacy));
    }
}
