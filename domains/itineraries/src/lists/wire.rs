//! What a client says of a list.

use serde::Deserialize;
use utoipa::IntoParams;

/// What a client may say about a list without numbered pages.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `Paging` reads")]
pub(crate) struct StretchQuery {
    /// How many trips, 1 to 50. What cannot be read counts as the default, 20.
    #[param(example = 20)]
    limit: Option<i64>,
    /// Where to read on: `pagination.next_cursor` of the reply before.
    #[param(example = "")]
    cursor: Option<String>,
}
