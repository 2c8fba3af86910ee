//! Pages that ask with which account to go on (OpenID.Core §3.1.2.1).

use scraper::ElementRef;

use super::action::{Action, PageKind};
use super::button_words::{Label, Meaning};
use super::consent_form::gives_leave;
use super::controls::{caption, is_submit, is_text_field, is_visible, kind_of, reads, signature};
use super::page::Page;
use crate::target::{LoginRule, User};

/// Claims by which a page may name an account.
const NAMES: [&str; 3] = ["email", "preferred_username", "name"];

impl Page {
    /// What a page asks of a user whose client wants an account to be chosen: that, if a button has the
    /// user's name and another one leads to another account, or else what it would ask for anyway. A page
    /// that also takes a name or a password, or gives consent, is about that.
    pub(super) fn wants_with_accounts(&self, script: &[LoginRule], user: &User) -> Option<Action> {
        let account = || account(&self.controls(), user);
        self.by_script(script, user).or_else(account).or_else(|| self.wants(script, user))
    }
}

/// The button with the user's name.
fn account(controls: &[ElementRef<'_>], user: &User) -> Option<Action> {
    let asks_otherwise = |control: &ElementRef<'_>| {
        is_visible(control)
            && (is_text_field(control) || kind_of(control) == "password" || gives_leave(control))
    };
    if controls.iter().any(asks_otherwise) {
        return None;
    }
    let claims = NAMES.iter().filter_map(|name| user.claims.get(*name)?.as_str());
    let names: Vec<_> = claims.chain([&*user.name]).filter(|name| !name.is_empty()).collect();
    let leads_on = |control: &ElementRef<'_>| {
        let leads_away = [Meaning::No, Meaning::SignOut].iter().any(|it| reads(control, *it));
        is_submit(control) && is_visible(control) && !leads_away
    };
    let is_theirs = |control: &ElementRef<'_>| {
        let label = Label::new(&caption(control));
        leads_on(control) && names.iter().any(|name| label.contains(&Label::new(name)))
    };
    let click = controls.iter().position(is_theirs)?;
    // Where there is nothing to choose from, the page only asks whether to go on.
    controls.iter().any(|control| leads_on(control) && !is_theirs(control)).then_some(())?;
    let says = caption(&controls[click]);
    let action = Action::new(PageKind::Account, signature(controls, Some(click)));
    Some(Action { click: Some(click), says, ..action })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::Asked;

    fn asked(elements: &str) -> Option<Asked> {
        let user = User::new("alice", "secret");
        let page = Page::read(&format!("<form method=post>{elements}</form>"));
        page.wants_with_accounts(&[], &user)?.kind.asks()
    }

    #[test]
    fn an_account_is_chosen_by_a_button_with_the_name_of_the_user() {
        let other = "<button name=account value=''>Use another account</button>";
        assert_eq!(asked(&format!("<button>Alice</button>{other}")), Some(Asked::Account));
        let choice = format!("<button>Continue as alice</button>{other}");
        assert_eq!(asked(&choice), Some(Asked::Account));
        let cancel = "<button>Continue as alice</button><button>Cancel</button>";
        assert_eq!(asked(cancel), Some(Asked::Consent));
        assert_eq!(asked(other), None);
        assert_eq!(asked("<button>malice</button>"), None);
        assert_eq!(asked("<button>Not alice?</button>"), None);
        assert_eq!(asked("<button>Sign out alice</button>"), None);
        assert_eq!(asked("<a href='/people/alice'>alice</a>"), None);
    }

    #[test]
    fn a_page_to_sign_in_or_to_give_consent_is_about_that() {
        let login = "<input name=username><input type=password name=password>";
        let own = "<button>alice</button>";
        assert_eq!(asked(&format!("{own}{login}<button>Sign in</button>")), Some(Asked::SignIn));
        assert_eq!(asked(&format!("{own}<button>Allow</button>")), Some(Asked::Consent));
        assert_eq!(asked("<button>Continue</button>"), Some(Asked::Consent));
    }
}
