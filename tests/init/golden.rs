//! What `authspec init` wrote and said, next to what was read and found right before.

use std::path::Path;

/// Compares the text with the golden one of this name in the folder.
pub(crate) fn assert_golden(folder: &Path, name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}
