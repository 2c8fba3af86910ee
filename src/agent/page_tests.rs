//! Tests how pages are parsed.

use std::collections::BTreeSet;

use super::*;

#[test]
fn a_button_that_shows_the_password_is_not_the_one_to_click() {
    let page = "<form method=post><input name=username><input name=password type=password>\
                <button type=button aria-label='Show password'></button>\
                <button name=login>Sign In</button></form>";
    let user = User::new("alice", "secret");
    let action = Page::read(page).wants(&[], &user).unwrap();
    assert_eq!(action.click, Some(3));
}

#[test]
fn letter_case_of_markup_does_not_count() {
    let page = "<BODY Onload='document.forms[0].submit()'><FORM METHOD=POST ACTION=/cb>\
                <INPUT TYPE=HIDDEN NAME=code VALUE=abc></FORM></BODY>";
    let user = User::new("alice", "secret");
    let action = Page::read(page).wants(&[], &user).unwrap();
    assert_eq!(action.kind, PageKind::Relay);
}

#[test]
fn to_sign_in_again_may_take_less() {
    let user = User::new("alice", "secret");
    let wants = |fields: &str| {
        let page = format!("<form method=post>{fields}<button>Sign in</button></form>");
        Page::read(&page).wants(&[], &user).unwrap()
    };
    let name = "<input name=username>";
    let password = "<input type=password name=password>";
    let whole = wants(&format!("{name}{password}"));
    let again = wants(&format!("<input type=hidden name=id>{password}"));
    assert!(again.is_among(&BTreeSet::from([whole.signature.clone()])));
    assert!(!whole.is_among(&BTreeSet::from([again.signature])));
}

#[test]
fn line_breaks_are_sent_as_browsers_send_them() {
    let page = "<form method=post><input type=hidden name=a value='one\r\ntwo\nthree&#13;four'>\
                <button>Allow</button></form>";
    let base = Url::parse("http://as.example/").unwrap();
    let user = User::new("alice", "secret");
    let page = Page::read(page);
    let form = page.submission(&page.wants(&[], &user).unwrap(), &base).unwrap();
    assert_eq!(form.fields.get("a"), Some("one\r\ntwo\r\nthree\r\nfour"));
}

/// What is clicked on a page with these buttons, and its label.
fn clicked(buttons: &str) -> Option<String> {
    let user = User::new("alice", "secret");
    let page = format!("<form method=post>{buttons}</form>");
    Page::read(&page).wants(&[], &user).map(|action| action.says)
}

#[test]
fn what_people_read_on_a_button_decides() {
    let refuse = "<button name=accept value=0>Ablehnen</button>";
    let allow = "<button name=accept value=1>Zulassen</button>";
    assert_eq!(clicked(&format!("{refuse}{allow}")).unwrap(), "Zulassen");
    assert_eq!(clicked(refuse), None);
    assert_eq!(clicked("<button name=decision value=allow>Igen</button>").unwrap(), "Igen");
}

#[test]
fn buttons_that_nobody_knows_are_told_and_not_clicked() {
    let page = "<form method=post><button name=accept value=0>Elutasítás</button>\
                <button name=accept value=1>Engedélyezés</button></form>";
    let user = User::new("alice", "secret");
    let page = Page::read(page);
    assert_eq!(page.wants(&[], &user), None);
    let told = page.unknown_buttons().unwrap();
    assert!(told.contains("Elutasítás") && told.contains("Engedélyezés"), "{told}");
}

#[test]
fn a_password_may_be_asked_for_by_a_field_of_text() {
    let user = User::new("alice", "secret");
    let page = "<form method=post><input name=login><input name=password>\
                <button name=cancel>Abbrechen</button><button>Anmelden</button></form>";
    let action = Page::read(page).wants(&[], &user).unwrap();
    let typed: Vec<_> = action.fill.iter().map(|(number, text)| (*number, text.as_str())).collect();
    assert_eq!((typed, action.click), (vec![(0, "alice"), (1, "secret")], Some(3)));
}

/// What to do on a page of these elements, for this user.
fn wanted(elements: &str, user: &User) -> Option<Action> {
    Page::read(&format!("<form method=post>{elements}</form>")).wants(&[], user)
}

#[test]
fn fields_for_one_time_codes_are_told_from_others() {
    let otp = crate::target::Otp::parse("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").ok();
    let alice = User::new("alice", "secret");
    let with_app = User { otp, ..alice.clone() };
    let login = "<input name=username><input type=password name=password>";
    let code = "<input name=otp><button>Sign in</button>";
    let alone = wanted(code, &alice).unwrap();
    assert_eq!((alone.code, alone.fill.len()), (Some((0, "otp".to_owned())), 0));
    let by_kind = wanted("<input name=x autocomplete=one-time-code><button>Go</button>", &alice);
    assert_eq!(by_kind.unwrap().code, Some((0, "x".to_owned())));
    // Next to a password, it is for users who have an app.
    let both = format!("{login}{code}");
    assert_eq!(wanted(&both, &alice).unwrap().code, None);
    let filled = wanted(&both, &with_app).unwrap();
    assert_eq!((filled.code, filled.fill.len()), (Some((2, "otp".to_owned())), 2));
    assert_eq!(wanted(&format!("{login}<input name=code>"), &with_app).unwrap().code, None);
}

#[test]
fn a_passkey_is_used_where_there_is_no_password() {
    let page = "<input name=username><input type=password name=password><button>Sign in</button>\
                <a href='#'>Mit Passkey anmelden</a><script src=/webauthn.js></script>";
    let passkey = crate::target::Passkey::read("new", false, std::path::Path::new("")).ok();
    let alice = User { passkey, ..User::new("alice", "") };
    let action = wanted(page, &alice).unwrap();
    assert_eq!((action.passkey, action.click, action.fill.len()), (true, Some(3), 0));
    let alice = User { password: "secret".to_owned(), ..alice };
    assert_eq!(wanted(page, &alice).unwrap().click, Some(2));
}

#[test]
fn an_address_is_shown_by_a_link_an_image_or_text() {
    let address = "https://client.example.org/policy";
    let shows = |body: &str| Page::read(&format!("<body>{body}</body>")).shows(address);
    assert!(shows(&format!("<a href='{address}'>Policy</a>")));
    assert!(shows(&format!("<img src='{address}'>")));
    assert!(shows(&format!("<p>Read {address}.</p>")));
    assert!(shows("<img src='/cache?of=https%3A%2F%2Fclient.example.org%2Fpolicy'>"));
    assert!(!shows(&format!("<script>let policy = '{address}'</script>")));
    assert!(!shows(&format!("<!-- {address} -->")));
    assert!(!shows(&format!("<noscript><p>Read {address}.</p></noscript>")));
    assert!(!shows(&format!("<input type=hidden name=policy_uri value='{address}'>")));
    assert!(!shows("<a href='https://client.example.org/'>Policy</a>"));
}

#[test]
fn images_are_seen_wherever_they_are() {
    let has = |body: &str| Page::read(&format!("<body>{body}</body>")).has_images();
    assert!(has("<img src='/logos/7'>"));
    assert!(has("<svg></svg>"));
    assert!(has("<div style='background: url(/logos/7)'></div>"));
    assert!(has("<input type=image src='/go.png'>"));
    assert!(!has("<p>portal</p><div style='color: red'></div><script>'<img>'</script>"));
}
