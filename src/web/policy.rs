//! What a browser may do with a page that stands alone: apply its one style sheet. Nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The content security policy of a page whose only style sheet is `style`, within its `<style>`, and which may be shown
/// within a page of `ancestors`.
pub(super) fn standing_alone(style: &str, ancestors: &str) -> String {
    let digest = STANDARD.encode(ring::digest::digest(&ring::digest::SHA256, style.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
    )
}
