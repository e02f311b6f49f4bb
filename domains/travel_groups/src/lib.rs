//! Groups that travel together: who may know of one, who belongs to it, and its seats.
//!
//! When and where exactly a group travels, and who with, is its members' alone: others get the month, the town and the
//! organizer (`view::GroupView` is the only way out, and decides it), and nothing is sorted, filtered or matched by more.
//! Seats are exact: `current_members_count` is kept by the database in the transaction of each membership.

mod api;
mod filter;
mod jobs;
mod model;
pub mod seed;
mod store;
mod view;
mod wire;

use kernel::{App, jobs::Jobs};
use utoipa_axum::{router::OpenApiRouter, routes};

/// The routes of this domain.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(api::groups::list_groups, api::groups::create_group))
        .routes(routes!(api::matching::match_groups))
        .routes(routes!(api::inviting::list_own_group_invites))
        .routes(routes!(
            api::groups::get_group,
            api::groups::replace_group,
            api::groups::update_group,
            api::groups::delete_group
        ))
        .routes(routes!(api::joining::join_group))
        .routes(routes!(api::joining::leave_group))
        .routes(routes!(api::waiting::wait_for_seat, api::waiting::stop_waiting))
        .routes(routes!(api::members::list_group_members))
        .routes(routes!(api::members::remove_group_member))
        .routes(routes!(api::members::set_group_role))
        .routes(routes!(api::members::hand_over_group))
        .routes(routes!(api::members::accept_group))
        .routes(routes!(api::inviting::invite_to_group))
        .routes(routes!(api::inviting::list_group_invites))
        .routes(routes!(api::inviting::cancel_group_invite))
        .routes(routes!(api::inviting::accept_group_invite))
        .routes(routes!(api::inviting::decline_group_invite))
        .routes(routes!(api::asking::list_group_requests))
        .routes(routes!(api::asking::approve_group_request))
        .routes(routes!(api::asking::reject_group_request))
        .routes(routes!(api::banning::list_group_bans, api::banning::ban_from_group))
        .routes(routes!(api::banning::unban_from_group))
        .routes(routes!(api::places::list_group_itineraries, api::places::add_group_itinerary))
        .routes(routes!(api::places::remove_group_itinerary))
}

/// The jobs of this domain.
pub fn jobs() -> Jobs {
    Jobs::default()
        .every::<jobs::PassOnSeats>("*/5 * * * *")
        .every::<jobs::EndGroups>("17 * * * *")
        .on::<jobs::CloseGroups>()
        .on_event::<jobs::LeaveGroups>("traveler_standing_changed")
        .on_event::<jobs::LeaveWomensGroups>("women_verification_changed")
        .on_event::<jobs::PartGroups>("traveler_blocked")
        .on_event::<jobs::PartGroups>(jobs::LEADER_MADE)
}
