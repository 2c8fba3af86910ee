//! How pages are read.

use super::*;

#[test]
fn a_button_that_shows_the_password_is_not_the_one_to_click() {
    let page = "<form method=post><input name=username><input name=password type=password>\
                <button type=button aria-label='Show password'></button>\
                <button name=login>Sign In</button></form>";
    let user = User { name: "alice".to_owned(), password: "secret".to_owned() };
    let action = Page::read(page).wants(&[], &user).unwrap();
    assert_eq!(action.click, Some(3));
}

#[test]
fn letter_case_of_markup_does_not_count() {
    let page = "<BODY Onload='document.forms[0].submit()'><FORM METHOD=POST ACTION=/cb>\
                <INPUT TYPE=HIDDEN NAME=code VALUE=abc></FORM></BODY>";
    let user = User { name: "alice".to_owned(), password: "secret".to_owned() };
    let action = Page::read(page).wants(&[], &user).unwrap();
    assert_eq!(action.kind, PageKind::Relay);
}

#[test]
fn to_sign_in_again_may_take_less() {
    let user = User { name: "alice".to_owned(), password: "secret".to_owned() };
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
    let user = User { name: "alice".to_owned(), password: "secret".to_owned() };
    let page = Page::read(page);
    let form = page.submission(&page.wants(&[], &user).unwrap(), &base).unwrap();
    assert_eq!(form.fields.get("a"), Some("one\r\ntwo\r\nthree\r\nfour"));
}
