//! Registering, signing in, and what a signed-in person learns of themselves.

use crate::{
    attempts,
    jobs::{Notice, SendNotice, SendVerification, SendWelcome},
    model::{Email, NewTraveler, Traveler, Username, checked, whole_steps},
    password,
    password::Verdict,
    registration, session,
    session::{Device, TokenPair, Tokens},
    store,
};
use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
    response::{IntoResponse, Response},
};
use kernel::{
    App, Error, Faults, Result,
    auth::{Caller, TravelerId},
    clock::Timestamp,
    db::Tx,
    http::{Accepted, Body, Created, Data, Message, Network, Query, Reply, Wire, bearer},
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use std::convert::Infallible;
use utoipa::ToSchema;

/// A text; a fault of its type does not repeat the value, as others do.
pub(crate) fn password_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    let text = Option::<String>::deserialize(deserializer).ok().ok_or_else(|| D::Error::custom("must be a text"))?;
    Ok(text.map(SecretString::from))
}

/// What a new account needs.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"email": "asha@example.org", "username": "asha_rao", "password": "Test123!", "full_name": "Asha Rao"}))]
pub(crate) struct Register {
    /// An address that mail can be sent to; unique whatever its case.
    #[schema(value_type = String, example = "asha@example.org")]
    email: Option<String>,
    /// 3 to 100 letters, digits, `_`, `-` and `.`; unique whatever its case and Unicode form.
    #[schema(value_type = String, example = "asha_rao")]
    username: Option<String>,
    /// At least 8 characters, and not among the 10,000 commonest.
    #[serde(default, deserialize_with = "password_text")]
    #[schema(value_type = String, required = true, format = Password, example = "Test123!")]
    password: Option<SecretString>,
    /// The name on cards; the username when absent.
    #[schema(example = "Asha Rao")]
    display_name: Option<String>,
    /// The full name; only its owner sees it.
    #[schema(example = "Asha Rao")]
    full_name: Option<String>,
}

impl Wire for Register {}

impl Register {
    fn check(self) -> Result<NewTraveler> {
        let mut faults = Faults::default();
        let name = |text: Option<String>| text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
        let (display_name, full_name) = (name(self.display_name), name(self.full_name));
        for (field, value, longest) in [("display_name", &display_name, 100), ("full_name", &full_name, 200)] {
            if value.as_ref().is_some_and(|v| v.chars().count() > longest || v.contains(char::is_control)) {
                faults.add(field, format!("must have at most {longest} characters, and no line breaks"));
            }
        }
        let email = checked(&mut faults, "email", self.email.as_deref().map(Email::parse));
        let username = checked(&mut faults, "username", self.username.as_deref().map(Username::parse));
        let password = checked(&mut faults, "password", self.password.map(password::acceptable));
        faults.result()?;
        let (Some(email), Some(username), Some(password)) = (email, username, password) else {
            return Err(Error::internal("a missing field without a fault"));
        };
        let display_name = display_name.unwrap_or_else(|| username.typed.clone());
        Ok(NewTraveler { email, username, password, display_name, full_name })
    }
}

/// What signing in needs.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"email": "asha@example.org", "password": "Test123!"}))]
pub(crate) struct Login {
    /// The address of the account.
    #[schema(value_type = String, example = "asha@example.org")]
    email: Option<String>,
    /// Its password.
    #[serde(default, deserialize_with = "password_text")]
    #[schema(value_type = String, required = true, format = Password, example = "Test123!")]
    password: Option<SecretString>,
}

impl Wire for Login {}

/// Who just signed in, with their tokens.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SignedIn {
    user: OwnTraveler,
    /// The same as `tokens.access`.
    #[schema(example = "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJIUzI1NiJ9.e30.c2ln")]
    access_token: String,
    /// The same as `tokens.refresh`.
    #[schema(example = "mX0c1kq2m3n4o5p6q7r8s9t0u1v2w3x4y5z6A7B8C9D")]
    refresh_token: String,
    tokens: TokenPair,
}

impl SignedIn {
    pub(crate) fn new(user: OwnTraveler, tokens: Tokens) -> Self {
        let (access, refresh) = (tokens.access, tokens.refresh.expose_secret().to_owned());
        Self {
            user,
            access_token: access.clone(),
            refresh_token: refresh.clone(),
            tokens: TokenPair { access, refresh },
        }
    }
}

/// The next pair of tokens.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Refreshed {
    /// The new access token.
    #[schema(example = "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJIUzI1NiJ9.e30.c2ln")]
    access_token: String,
    /// The same as `access_token`.
    #[schema(example = "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJIUzI1NiJ9.e30.c2ln")]
    access: String,
    /// The next refresh token; the one that was sent is used up.
    #[schema(example = "mX0c1kq2m3n4o5p6q7r8s9t0u1v2w3x4y5z6A7B8C9D")]
    refresh_token: String,
}

/// A person as they see themselves.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OwnTraveler {
    /// Who.
    id: TravelerId,
    /// The name in addresses.
    #[schema(example = "asha_rao")]
    username: String,
    /// The name on cards.
    #[schema(example = "Asha Rao")]
    display_name: String,
    /// The full name; nobody else sees it.
    #[schema(example = "Asha Rao")]
    full_name: Option<String>,
    /// The address; nobody else sees it.
    #[schema(example = "asha@example.org")]
    email: String,
    /// Whether the address was confirmed.
    #[schema(example = false)]
    email_verified: bool,
    /// A picture.
    #[schema(example = "https://images.example.org/asha.jpg")]
    avatar_url: Option<String>,
    /// A few words about themselves.
    #[schema(example = "Slow trains and long walks.")]
    bio: Option<String>,
    /// How they like to travel.
    #[schema(example = "solo")]
    travel_style: Option<String>,
    /// What they like to do.
    #[schema(example = json!(["hiking", "food"]))]
    travel_interests: Vec<String>,
    /// Whether she is a certified guide.
    #[schema(example = false)]
    women_guide_certified: bool,
    /// Whether women's groups and guides for women are open to her; nobody else is shown this.
    #[schema(example = false)]
    women_verified: bool,
    /// Whether they administrate.
    #[schema(example = false)]
    is_admin: bool,
    /// Always true: others cannot sign in.
    #[schema(example = true)]
    is_active: bool,
    /// Whether an account at GitHub is linked, and can be used to sign in.
    #[schema(example = false)]
    github_connected: bool,
    /// What it is called there; nobody else sees it.
    #[schema(example = "asharao")]
    github_username: Option<String>,
    /// When they joined.
    created_at: Timestamp,
    /// When the account last changed.
    updated_at: Timestamp,
    #[serde(flatten)]
    unkept: Unkept,
}

/// Fields that existing clients read and that this service does not keep: always these values.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct Unkept {
    /// Always 0.
    #[schema(example = 0)]
    karma: i64,
    /// Always 0.
    #[schema(example = 0)]
    total_trips_count: i64,
    /// Always 0.
    #[schema(example = 0.0)]
    total_km_traveled: f64,
    /// Always 0.
    #[schema(example = 0.0)]
    safety_score: f64,
    /// Always 0.
    #[schema(example = 0.0)]
    reputation_score: f64,
    /// Always 0.
    #[schema(example = 0.0)]
    traveler_reputation_score: f64,
    /// Always 0.
    #[schema(example = 0.0)]
    trip_token_balance: f64,
    /// Always 0.
    #[schema(example = 0.0)]
    trip_earnings_total: f64,
    /// Always 0.
    #[schema(example = 0.0)]
    trip_spent_total: f64,
    /// Always false.
    #[schema(example = false)]
    is_validator: bool,
    /// Always false.
    #[schema(example = false)]
    is_investor: bool,
    /// Always false.
    #[schema(example = false)]
    phone_verified: bool,
    /// Always null.
    #[schema(example = json!(null))]
    phone: Option<String>,
    /// Always null.
    #[schema(example = json!(null))]
    gender: Option<String>,
    /// Always null.
    #[schema(example = json!(null))]
    date_of_birth: Option<String>,
    /// Always null.
    #[schema(example = json!(null))]
    emergency_contact_1_name: Option<String>,
    /// Always null.
    #[schema(example = json!(null))]
    insurance_provider: Option<String>,
    /// Always null.
    #[schema(example = json!(null))]
    wallet_address: Option<String>,
    /// Always null.
    #[schema(example = json!(null))]
    wallet_bound_at: Option<String>,
    /// Always null.
    #[schema(example = json!(null))]
    profile_hash: Option<String>,
    /// Always null.
    #[schema(example = json!(null))]
    profile_hash_updated_at: Option<String>,
    /// Always null.
    #[schema(example = json!(null))]
    sbt_id: Option<String>,
    /// Always `not_issued`.
    #[schema(example = "not_issued")]
    sbt_status: NotIssued,
    /// Always null.
    #[schema(example = json!(null))]
    sbt_verified_date: Option<String>,
    /// Always null.
    #[schema(example = json!(null))]
    sbt_blockchain_hash: Option<String>,
}

/// The one state that there is.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NotIssued {
    /// No token was issued.
    #[default]
    NotIssued,
}

impl From<Traveler> for OwnTraveler {
    fn from(t: Traveler) -> Self {
        Self {
            id: t.id,
            username: t.username,
            display_name: t.display_name,
            full_name: t.full_name,
            email: t.email,
            email_verified: t.email_verified,
            avatar_url: t.avatar_url,
            bio: t.bio,
            travel_style: t.travel_style,
            travel_interests: t.travel_interests.0,
            women_guide_certified: t.women_guide_certified,
            women_verified: t.women_verified,
            is_admin: t.is_admin,
            is_active: t.is_active,
            github_connected: t.github_connected,
            github_username: t.github_username,
            created_at: t.created_at,
            updated_at: t.updated_at,
            unkept: Unkept::default(),
        }
    }
}

impl FromRequestParts<App> for Device {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let agent = parts.headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or("unknown");
        let agent = agent.chars().filter(|c| !c.is_control()).take(200).collect();
        let Network(network) = Network::from_request_parts(parts, app).await?;
        Ok(Self { agent, network })
    }
}

/// Register
///
/// Creates an account and signs it in. A welcome mail follows, and one with a link that confirms the address. Where
/// registering is private (`REGISTRATION=private`), the answer is always 202: the account begins when the address is
/// confirmed, and whoever has one already gets a mail that says so.
#[utoipa::path(
    post, path = "/api/auth/register", tag = "auth", operation_id = "register",
    request_body(content = Register, description = "The new account"),
    responses(
        (status = 201, description = "The account exists and is signed in", body = Data<SignedIn>),
        (status = 202, description = "A mail is on its way, whoever has this address (`REGISTRATION=private`)", body = Message),
        (status = 409, description = "The e-mail (`email_taken`) or the username (`username_taken`) belongs to another account"),
    ),
    extensions(("x-rate-limit" = json!("register"))),
)]
pub(crate) async fn register(app: App, device: Device, Body(body): Body<Register>) -> Result<Response> {
    let new = body.check()?;
    let hash = password::hash(&app, new.password.clone()).await?;
    if app.config.auth.private_registration {
        registration::begin(&app, &new, &hash).await?;
        return Ok(
            Accepted::message("Look into your mail: the account begins when you confirm the address").into_response()
        );
    }
    let (id, now) = (TravelerId(app.new_uuid()), app.clock.now());
    let mut tx = app.db.write().await?;
    if !store::insert(&mut tx, id, &new, &hash, now).await? {
        return Err(store::taken(&mut tx, &new).await?);
    }
    let tokens = session::begin(&app, &mut tx, id, &device)?;
    tx.enqueue(&SendWelcome { traveler: id })?;
    tx.enqueue(&SendVerification { traveler: id })?;
    let user = store::find(&mut tx, id).await?.ok_or_else(|| Error::internal("the new account is not there"))?;
    tx.commit().await?;
    Ok(Created::new(SignedIn::new(user.into(), tokens), "User registered successfully").into_response())
}

/// Sign in
///
/// An unknown address and a wrong password get the same answer in the same time. Ten wrong passwords in a row close the
/// account to passwords for a quarter of an hour, more of them for longer; a device that was signed in before has a count
/// of its own, so that nobody can shut an owner out.
#[utoipa::path(
    post, path = "/api/auth/login", tag = "auth", operation_id = "login",
    request_body(content = Login, description = "Address and password"),
    responses(
        (status = 200, description = "Signed in", body = Data<SignedIn>),
        (status = 401, description = "The address or the password is wrong (`invalid_credentials`)"),
        (status = 403, description = "The password is right, but the account is disabled (`account_disabled`)"),
    ),
    extensions(("x-rate-limit" = json!("login"))),
)]
pub(crate) async fn login(app: App, device: Device, Body(body): Body<Login>) -> Result<Reply<Data<SignedIn>>> {
    let mut faults = Faults::default();
    let required = |value: Option<String>| value.map(Ok::<_, &'static str>);
    let email = checked(&mut faults, "email", required(body.email));
    let password = checked(&mut faults, "password", body.password.map(Ok::<_, &'static str>));
    faults.result()?;
    let (Some(email), Some(password)) = (email, password) else {
        return Err(Error::internal("a missing field without a fault"));
    };
    let begun = tokio::time::Instant::now();
    let key = kernel::text::fold(email.trim());
    let attempt = attempts::to_sign_in(&app, &key, &device).await?;
    let Some((traveler, mut tx)) = knows_password(&app, &key, &password).await? else {
        tokio::time::sleep_until(begun + whole_steps(begun.elapsed(), app.config.auth.failure_time)).await;
        return Err(Error::Unauthorized {
            code: "invalid_credentials",
            message: "The e-mail or the password is wrong",
        });
    };
    if !attempt.is_known_device {
        tx.enqueue(&SendNotice::to(traveler.id, Notice::NewDevice))?;
    }
    attempt.forgive(&mut tx);
    let tokens = session::begin(&app, &mut tx, traveler.id, &device)?;
    tx.commit().await?;
    Ok(Reply::new(SignedIn::new(traveler.into(), tokens), "Login successful"))
}

/// The account with this folded address, if that is its password, and a transaction in which it stays so.
async fn knows_password(app: &App, email_key: &str, password: &SecretString) -> Result<Option<(Traveler, Tx)>> {
    // Another sign-in may replace an old hash at the same moment. The second time there is a new one.
    for _ in 0..2 {
        let found = store::find_by_email(&mut app.db.read().await?, email_key).await?;
        let stored = found.as_ref().map(|t| t.password_hash.clone());
        let verdict = password::verify(app, password.clone(), stored).await?;
        let Some(traveler) = found.filter(|_| verdict != Verdict::Wrong) else { return Ok(None) };
        session::may_sign_in(&traveler)?;
        let new_hash = match verdict {
            Verdict::RightWithOldHash => Some(password::hash(app, password.clone()).await?),
            Verdict::Right | Verdict::Wrong => None,
        };
        let mut tx = app.db.write().await?;
        let is_held = match new_hash {
            Some(hash) => store::set_password_hash(&mut tx, traveler.id, &hash, &traveler.password_hash).await?,
            None => store::hold_password(&mut tx, traveler.id, &traveler.password_hash).await?,
        };
        if is_held {
            return Ok(Some((traveler, tx)));
        }
    }
    Ok(None)
}

/// Who am I
///
/// The signed-in person's own account, with what only they may see.
#[utoipa::path(
    get, path = "/api/auth/me", tag = "auth", operation_id = "get_me",
    responses((status = 200, description = "The account", body = Data<OwnTraveler>)),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("session"))),
)]
pub(crate) async fn get_me(app: App, caller: Caller) -> Result<Reply<Data<OwnTraveler>>> {
    let me = store::find(&mut app.db.read().await?, caller.id).await?.ok_or_else(Error::bad_token)?;
    Ok(Reply::new(me.into(), "Current user"))
}

/// A refresh token that does not come in the header.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"refresh_token": "mX0c1kq2m3n4o5p6q7r8s9t0u1v2w3x4y5z6A7B8C9D"}))]
pub(crate) struct RefreshBody {
    /// The refresh token, for clients that do not send it as `Authorization: Bearer ...`.
    #[schema(example = "mX0c1kq2m3n4o5p6q7r8s9t0u1v2w3x4y5z6A7B8C9D")]
    refresh_token: Option<String>,
}

impl Wire for RefreshBody {}

/// The token in the `Authorization` header, when there is one of that form.
pub(crate) struct Bearer(Option<SecretString>);

impl FromRequestParts<App> for Bearer {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Infallible> {
        let value = parts.headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
        Ok(Self(value.and_then(bearer).map(SecretString::from)))
    }
}

/// Refresh
///
/// Exchanges a refresh token, sent as `Authorization: Bearer ...` or in the body, for the next pair. Each is good once;
/// one that comes back more than ten seconds after it was used ends its session on all devices that share it.
#[utoipa::path(
    post, path = "/api/auth/refresh", tag = "auth", operation_id = "refresh",
    request_body(content = Option<RefreshBody>, description = "Only needed when the header is not used"),
    responses(
        (status = 200, description = "The next pair", body = Data<Refreshed>),
        (status = 401, description = "The token is unknown, expired, used up, or its session has ended (`invalid_refresh_token`)"),
    ),
    extensions(("x-rate-limit" = json!("login"))),
)]
pub(crate) async fn refresh(app: App, header: Bearer, Body(body): Body<RefreshBody>) -> Result<Reply<Data<Refreshed>>> {
    // A client that puts its access token into every header says what it means in the body.
    let presented = body.refresh_token.map(SecretString::from).or(header.0).ok_or(Error::Unauthorized {
        code: "missing_token",
        message: "Send the refresh token as Authorization: Bearer ...",
    })?;
    let tokens = session::refresh(&app, presented.expose_secret()).await?;
    let refreshed = Refreshed {
        access_token: tokens.access.clone(),
        access: tokens.access,
        refresh_token: tokens.refresh.expose_secret().to_owned(),
    };
    Ok(Reply::new(refreshed, "Token refreshed"))
}

/// How far signing out goes.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LogoutQuery {
    /// `true` signs out on every device.
    #[param(value_type = Option<bool>, example = false)]
    all: Option<String>,
}

/// Sign out
///
/// Ends the session: its tokens are dead at once, everywhere.
#[utoipa::path(
    post, path = "/api/auth/logout", tag = "auth", operation_id = "logout",
    params(LogoutQuery),
    responses((status = 200, description = "Signed out", body = Message)),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("safety")), ("x-reaches" = json!("own"))),
)]
pub(crate) async fn logout(app: App, caller: Caller, Query(query): Query<LogoutQuery>) -> Result<Reply<Message>> {
    let everywhere = match query.all.as_deref() {
        None | Some("false" | "0" | "") => false,
        Some("true" | "1") => true,
        Some(_) => return Err(Error::field("all", "must be true or false")),
    };
    let mut tx = app.db.write().await?;
    if everywhere {
        store::end_sessions(&mut tx, caller.id, app.clock.now()).await?;
    } else {
        store::end_session(&mut tx, caller.session, app.clock.now()).await?;
    }
    tx.commit().await?;
    Ok(Reply::message("Logged out successfully"))
}
