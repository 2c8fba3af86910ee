//! Values with placeholders for what a run creates or receives.

use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema};
use serde::Deserialize;

/// Defines the closed list of placeholders: variant, name, meaning.
macro_rules! placeholders {
    ($($variant:ident $name:literal $doc:literal)*) => {
        /// A value of this run that a suite file can name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Placeholder { $(#[doc = $doc] $variant,)* }

        impl Placeholder {
            /// All of them, with name and meaning.
            pub const ALL: &'static [(Self, &'static str, &'static str)] =
                &[$((Self::$variant, $name, $doc),)*];
        }
    };
}

placeholders! {
    State "state" "The state of the authorization request."
    Nonce "nonce" "The nonce of the authorization request."
    Verifier "verifier" "The verifier of this case."
    VerifierReversed "verifier.reversed" "The verifier of this case, last character first."
    Challenge "challenge" "The S256 challenge of the verifier."
    Code "code" "The newest authorization code."
    CodeSwapped "code.swapped" "The newest authorization code with its letters in the other case."
    AccessToken "access_token" "The newest access token."
    AccessTokenSwapped "access_token.swapped" "The newest access token with its letters in the other case."
    AccessTokenHash "access_token.hash" "The hash of the newest access token, as in a proof (RFC9449 §4.2)."
    RefreshTokenSwapped "refresh_token.swapped" "The newest refresh token with its letters in the other case."
    RefreshToken "refresh_token" "The newest refresh token."
    NewRefreshToken "new.refresh_token" "The refresh token from the last refresh, if there was one."
    FirstRefreshToken "first.refresh_token" "The first refresh token of the case."
    GrantedScope "granted.scope" "The scope of the first token that was issued, or the requested one if the server does not say."
    FirstSub "first.sub" "The first user returned by the userinfo endpoint."
    IdTokenSub "id_token.sub" "The subject of the newest ID token."
    IdTokenSid "id_token.sid" "The session in the newest ID token."
    SessionState "session_state" "The newest session_state of an authorization response."
    IdToken "id_token" "The newest ID token."
    FirstIdToken "first.id_token" "The first ID token of the case."
    FirstIdTokenSub "first.id_token.sub" "The subject of the first ID token of the case."
    IdTokenForged "id_token.forged" "The newest ID token with a signature that is not the server's."
    LogoutToken "logout_token" "The newest logout token."
    Issuer "issuer" "The target's issuer."
    AudienceShouted "audience.shouted" "The audience of the client's assertions with scheme and host in upper case."
    ProofJkt "proof.jkt" "The thumbprint of the key that proofs are signed with (RFC7638 §3)."
    OtherJkt "other.jkt" "The thumbprint of another key (RFC7638 §3)."
    CertificateThumbprint "certificate.thumbprint" "The hash of the client's certificate (RFC8705 §3.1)."
    CertificateEscaped "certificate.escaped" "The client's certificate in PEM, percent-encoded."
    CertificateBase64 "certificate.base64" "The client's certificate in base64."
    Endpoint "endpoint" "In a proof or an assertion, the address of its request without the query."
    EndpointShouted "endpoint.shouted" "In a proof, the address of its request with scheme and host in upper case."
    Acr "acr" "The first authentication context class that the metadata lists."
    Scope "scope" "The scope that valid flows request."
    ClientId "client.id" "The identifier of the case's client."
    ClientSecret "client.secret" "The secret of the case's client."
    ClientBasic "client.basic" "The identifier and secret of the case's client as in Basic authentication, but not form-encoded."
    ClientBasicEncoded "client.basic.encoded" "The identifier and secret of the case's client as in Basic authentication."
    ClientIdSwapped "client.id.swapped" "The identifier of the case's client with its letters in the other case."
    ScopeReversed "scope.reversed" "The scope that valid flows request, last word first."
    ScopeFirst "scope.first" "The first word of the scope that valid flows request."
    ScopeWithoutOpenid "scope.without_openid" "The scope that valid flows request, without openid."
    InitialToken "initial_token" "The target file's token for registering clients."
    FirstClientId "first.client.id" "The identifier of the client that was registered first."
    FirstClientSecret "first.client.secret" "The secret of the client that was registered first."
    RegistrationToken "registration_token" "The registration access token of the client that was registered last."
    FirstRegistrationToken "first.registration_token" "The first registration access token of the case."
    RequestUri "request_uri" "The reference to the newest pushed request."
    Resource "resource" "The first of the resources in the target file that the client may request tokens for."
    AnotherResource "another.resource" "The second of these resources."
    Details "authorization_details" "The authorization details in the target file, as JSON."
    DetailsFirst "authorization_details.first" "The first of these details, without the list around it."
    DetailsSecond "authorization_details.second" "The second of these details, without the list around it."
    DetailsUntyped "authorization_details.untyped" "The first of these details without its type, in a list."
    DetailsWithMore "authorization_details.with_more" "The first of these details with an additional field, in a list."
    DetailsOfWrongType "authorization_details.of_wrong_type" "The first of these details with a value of another JSON type in a field, in a list."
    Response "response" "The newest authorization response, if it is a JWT."
    Userinfo "userinfo" "The newest userinfo response, if it is a JWT."
    Introspection "introspection" "The newest answer to an introspection request, if it is a JWT."
    FirstTokenId "first.access_token.jti" "The identifier of the first access token of the case, a JWT."
    AccessTokenForged "access_token.forged" "The newest access token, a JWT, with a signature that is not the server's."
    AccessTokenUnsigned "access_token.unsigned" "The newest access token, a JWT, with the algorithm none and no signature."
    AccessTokenAltered "access_token.altered" "The newest access token, a JWT, with a later expiry under the old signature."
    UserName "user.name" "The name of the user who signs in."
    UserPassword "user.password" "The password of the user who signs in."
    RedirectUri "redirect_uri" "The client's redirect URI."
    RedirectOrigin "redirect_uri.origin" "Scheme, host and port of the client's redirect URI."
    RedirectAuthority "redirect_uri.authority" "Host and port of the client's redirect URI."
    RedirectHost "redirect_uri.host" "The host of the client's redirect URI."
    RedirectPort "redirect_uri.port" "The port of the client's redirect URI."
    RedirectPath "redirect_uri.path" "The path of the client's redirect URI."
    RedirectScheme "redirect_uri.scheme" "The scheme of the client's redirect URI."
    RedirectOtherScheme "redirect_uri.other_scheme" "The client's redirect URI with http for https, or https for http."
    RedirectShoutedScheme "redirect_uri.shouted_scheme" "The client's redirect URI with its scheme in upper case."
    RedirectEncoded "redirect_uri.encoded" "The client's redirect URI with the last letter of its path percent-encoded."
    RedirectShouted "redirect_uri.shouted" "The client's redirect URI with its path in upper case."
    RedirectWithoutDot "redirect_uri.without_dot" "The client's redirect URI with an x for its last full stop."
    RedirectOtherPort "redirect_uri.other_port" "The client's first redirect URI on a loopback IP literal, with a port that is not registered."
    RedirectOtherPortIpv6 "redirect_uri.other_port.ipv6" "The client's first redirect URI on `[::1]`, with a port that is not registered."
    RedirectPrivateUse "redirect_uri.private_use" "The client's first redirect URI with a private-use scheme."
    AnotherRedirectUri "another.redirect_uri" "A redirect URI of the client that is not its first one."
    RedirectWithQuery "redirect_uri.with_query" "The client's first redirect URI that has a query."
    RedirectOnly "redirect_uri.only" "A redirect URI of the client that is not registered for the return after a logout."
    LogoutUri "post_logout_redirect_uri" "The client's first URI that is registered for the return after a logout."
    LogoutShouted "post_logout_redirect_uri.shouted" "The client's URI for the return after a logout with its path in upper case."
    LogoutEncoded "post_logout_redirect_uri.encoded" "The client's URI for the return after a logout with the last letter of its path percent-encoded."
    LogoutOtherPort "post_logout_redirect_uri.other_port" "The client's URI for the return after a logout, with a port that is not registered."
    LogoutWithUser "post_logout_redirect_uri.with_user" "The client's URI for the return after a logout, with a user name in front of its host."
    LogoutOtherScheme "post_logout_redirect_uri.other_scheme" "The client's URI for the return after a logout with http for https, or https for http."
    AnotherLogoutUri "another.post_logout_redirect_uri" "A URI of the client for the return after a logout that is not its first one."
    LogoutUriWithQuery "post_logout_redirect_uri.with_query" "The client's first URI for the return after a logout that has a query."
    OtherLogoutUri "other.post_logout_redirect_uri" "A URI for the return after a logout of another client, which is not one of this client's."
    OtherVerifier "other.verifier" "A verifier of another login."
    OtherChallenge "other.challenge" "The S256 challenge of the verifier of another login."
    OtherClientId "other.client.id" "The identifier of another client."
    OtherClientSecret "other.client.secret" "The secret of another client."
    OtherRedirectUri "other.redirect_uri" "A redirect URI of another client, which is not one of this client's."
    BackchannelUri "backchannel_logout_uri.with_query" "The client's URI for logout tokens, with its query."
    OtherFrontchannelUri "other.frontchannel_logout_uri" "Another client's URI for frames."
    FrontchannelUri "frontchannel_logout_uri" "The client's URI for frames, with its query if it has one."
    Document "document" "The address of the document that the case serves."
    Keys "keys" "The public keys of the clients that the case registers, as a JWK Set; the whole of a JSON value."
    NextKeys "next.keys" "Another such set, with a key in place of that one."
    EncryptionKeys "encryption.keys" "The keys of `{keys}` and, in the same set, an RSA key and one on P-256 that answers can be encrypted for."
    Now "now" "Seconds since 1970; in claims a number, also as `{now-5m}` or `{now+1h}`."
    Long "long" "About eight thousand letters, which are no valid value."
    NoText "no.text" "A byte that is not valid UTF-8, in a parameter."
    Sent "sent" "The parameter as it was in the request."
}

impl Placeholder {
    /// The name between the braces.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(known, ..)| *known == self).map_or("", |(_, name, _)| name)
    }

    /// Whether the value is a password or a secret, or is made from one.
    pub fn is_secret(self) -> bool {
        matches!(
            self,
            Self::ClientSecret
                | Self::ClientBasic
                | Self::ClientBasicEncoded
                | Self::OtherClientSecret
                | Self::FirstClientSecret
                | Self::InitialToken
                | Self::UserPassword
        )
    }

    /// Whether the value belongs to a client other than the case's.
    pub fn of_other_client(self) -> bool {
        matches!(
            self,
            Self::OtherClientId
                | Self::OtherClientSecret
                | Self::OtherRedirectUri
                | Self::OtherLogoutUri
                | Self::OtherFrontchannelUri
        )
    }
}

/// A part of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Value(Placeholder),
}

/// Text with placeholders in braces, such as `{redirect_uri}/extra`; `{{` is an opening brace.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", transform = describe_placeholders)]
pub struct Template {
    text: String,
    parts: Vec<Part>,
}

impl Template {
    /// The placeholders in it.
    pub fn placeholders(&self) -> impl Iterator<Item = Placeholder> {
        self.parts.iter().filter_map(|part| match part {
            Part::Value(placeholder) => Some(*placeholder),
            Part::Text(_) => None,
        })
    }

    /// The text with every placeholder replaced, or `None` if one has no value.
    pub fn fill(&self, mut value: impl FnMut(Placeholder) -> Option<String>) -> Option<String> {
        self.parts.iter().try_fold(String::new(), |mut text, part| {
            match part {
                Part::Text(fixed) => text.push_str(fixed),
                Part::Value(placeholder) => text.push_str(&value(*placeholder)?),
            }
            Some(text)
        })
    }
}

impl FromStr for Template {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((fixed, tail)) = rest.split_once('{') {
            if let Some(tail) = tail.strip_prefix('{') {
                parts.push(Part::Text(format!("{fixed}{{")));
                rest = tail;
                continue;
            }
            let Some((name, tail)) = tail.split_once('}') else {
                return Err(format!("`{text}` opens a brace that is not closed; write `{{name}}`"));
            };
            if !fixed.is_empty() {
                parts.push(Part::Text(fixed.to_owned()));
            }
            parts.push(Part::Value(placeholder(name)?));
            rest = tail;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self { text: text.to_owned(), parts })
    }
}

impl TryFrom<String> for Template {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for Template {
    /// As written, but with placeholders in the brackets of redacted values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text.replace("{{", "[").replace('{', "[").replace('}', "]"))
    }
}

fn placeholder(name: &str) -> Result<Placeholder, String> {
    if let Some((placeholder, ..)) = Placeholder::ALL.iter().find(|(_, known, _)| *known == name) {
        return Ok(*placeholder);
    }
    let names: Vec<_> =
        Placeholder::ALL.iter().map(|(_, known, _)| format!("`{{{known}}}`")).collect();
    Err(format!("unknown placeholder `{{{name}}}`; known are {}", names.join(", ")))
}

/// Text with placeholders, all of which the description lists.
fn describe_placeholders(schema: &mut Schema) {
    let known =
        Placeholder::ALL.iter().map(|(_, name, meaning)| format!("\n- `{{{name}}}`: {meaning}"));
    let text = "Text with placeholders in braces, such as `{redirect_uri}/extra`; `{{` is an opening brace. There are:\n";
    let text = format!("{text}{}", known.collect::<String>());
    schema.insert("description".to_owned(), text.into());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_in() {
        let template: Template = "{redirect_uri}/x?{state}".parse().unwrap();
        let filled = template.fill(|placeholder| Some(format!("<{}>", placeholder.name())));
        assert_eq!(filled.unwrap(), "<redirect_uri>/x?<state>");
        assert_eq!(template.fill(|_| None), None);
        assert_eq!(template.to_string(), "[redirect_uri]/x?[state]");
        let json: Template = r#"{{"sub":{{"value":"{nonce}"}}"#.parse().unwrap();
        assert_eq!(json.fill(|_| Some("n".to_owned())).unwrap(), r#"{"sub":{"value":"n"}}"#);
    }
}
