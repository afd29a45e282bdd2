//! The scopes and ids that each kind of key and token allows, and the refusal of everything else.

use jiff::{SignedDuration, Timestamp};

use super::super::key::{KeyRequest, RANDOM_BYTES};
use super::super::scope::{Scope, Scopes};
use super::super::token::sign;
use super::*;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

type Done<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn later(minutes: i64) -> Option<Timestamp> {
    NOW.checked_add(SignedDuration::from_mins(minutes)).ok()
}

/// A key made of one repeated byte.
fn issue(byte: u8, role: Role, change: impl FnOnce(&mut KeyRequest)) -> Done<(KeyRecord, KeyText)> {
    let mut request =
        KeyRequest { role, name: String::new(), public: false, scopes: None, expires_at: None, rate_per_minute: None };
    change(&mut request);
    Ok(request.issue(NOW, &[byte; RANDOM_BYTES])?)
}

fn derived(key: &KeyText, payload: &DerivedPayload) -> Done<String> {
    Ok(sign(TokenKind::Derived, key.id(), &key.hash(), payload)?)
}

fn refusal(ring: &Keyring, presented: &str, now: Timestamp) -> Option<Refusal> {
    ring.admit(presented, now).err()
}

#[test]
fn a_key_is_known_by_its_whole_secret_until_it_ends() -> Done {
    let (record, key) = issue(1, Role::Read, |request| {
        request.expires_at = later(10);
        request.rate_per_minute = Some(60);
    })?;
    let (_, stranger) = issue(2, Role::Admin, |_| ())?;
    let ring = Keyring::new([record]);
    let admitted = ring.admit(&key.reveal(), NOW).map_err(|refusal| refusal.to_string())?;
    assert_eq!(admitted.caller.scopes(), Role::Read.scopes());
    assert_eq!(admitted.charges.len(), 1);
    let same_id = KeyText::new(key.id().clone(), &[7; 32]);
    let too_long = "x".repeat(MAX_PRESENTED_BYTES + 1);
    for wrong in ["", "tm_", &stranger.reveal(), &same_id.reveal(), &too_long, "tmd_..", "tms_0.1.2"] {
        assert_eq!(refusal(&ring, wrong, NOW), Some(Refusal::Unauthorized), "{wrong}");
    }
    let end = later(10).ok_or("no time")?;
    assert_eq!(refusal(&ring, &key.reveal(), end), Some(Refusal::Expired));
    assert_eq!(refusal(&ring, &same_id.reveal(), end), Some(Refusal::Unauthorized), "told to the holder only");
    Ok(())
}

#[test]
fn a_derived_key_has_less_than_its_parent_and_ends_with_it() -> Done {
    let (record, key) = issue(1, Role::Admin, |request| request.expires_at = later(10))?;
    let ring = Keyring::new([record]);
    let payload = DerivedPayload { expires_at: later(5), rate_per_minute: Some(5), ..DerivedPayload::default() };
    let text = derived(&key, &payload)?;
    let admitted = ring.admit(&text, NOW).map_err(|refusal| refusal.to_string())?;
    assert!(admitted.caller.open(Scope::Search).is_ok());
    for scope in [Scope::Admin, Scope::Keys, Scope::Privacy, Scope::Profiles] {
        assert_eq!(admitted.caller.open(scope), Err(Refusal::Scope(scope)));
    }
    assert_eq!(admitted.charges.len(), 1);
    assert_eq!(refusal(&ring, &text, later(5).ok_or("no time")?), Some(Refusal::Expired));
    let endless = derived(&key, &DerivedPayload::default())?;
    assert_eq!(refusal(&ring, &endless, later(9).ok_or("no time")?), None);
    assert_eq!(refusal(&ring, &endless, later(10).ok_or("no time")?), Some(Refusal::Expired));
    assert_eq!(refusal(&Keyring::default(), &endless, NOW), Some(Refusal::Unauthorized), "its parent was revoked");
    let greedy = DerivedPayload { scopes: Some(Scopes::ALL), ..DerivedPayload::default() };
    assert!(matches!(refusal(&ring, &derived(&key, &greedy)?, NOW), Some(Refusal::WrongPayload(_))));
    Ok(())
}

#[test]
fn only_a_key_that_is_secret_signs() -> Done {
    let (secret, backend) = issue(1, Role::Read, |_| ())?;
    let (public, browser) = issue(2, Role::Read, |request| request.public = true)?;
    let ring = Keyring::new([secret, public]);
    let payload = ShopperPayload { user_id: "u1".to_owned(), expires_at: later(5).ok_or("no time")? };
    let token = |key: &KeyText| sign(TokenKind::Shopper, key.id(), &key.hash(), &payload);
    assert_eq!(ring.prove(&token(&backend)?, NOW), Ok("u1".to_owned()));
    assert_eq!(ring.prove(&token(&backend)?, payload.expires_at), Err(Refusal::WrongShopperToken));
    assert_eq!(ring.prove(&token(&browser)?, NOW), Err(Refusal::WrongShopperToken));
    assert_eq!(ring.prove("", NOW), Err(Refusal::WrongShopperToken));
    let own = derived(&browser, &DerivedPayload::default())?;
    assert_eq!(refusal(&ring, &own, NOW), Some(Refusal::Unauthorized));
    assert_eq!(refusal(&ring, &token(&backend)?, NOW), Some(Refusal::Unauthorized), "a token is no key");
    Ok(())
}

#[test]
fn an_admin_is_one_who_could_come_in_now() -> Done {
    let (read, _) = issue(1, Role::Read, |_| ())?;
    let (admin, _) = issue(2, Role::Admin, |request| request.expires_at = later(5))?;
    assert!(!Keyring::new([read.clone()]).has_admin(NOW));
    let ring = Keyring::new([read, admin]);
    assert!(ring.has_admin(NOW) && !ring.has_admin(later(5).ok_or("no time")?));
    Ok(())
}
