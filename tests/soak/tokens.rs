//! Access tokens and their ends: an end that was answered is one for good.
//! Leaves keys to `client`, and what a restart does to them to `check`.

use serde_json::{Value, json};

use super::client::{Broken, Client};
use super::plan::{Draft, Plan};

/// A token, and whether it must be good.
#[derive(Clone, Debug)]
pub(super) struct Token {
    text: String,
    is_active: bool,
}

/// A client key, as it proves itself.
pub(super) struct Proof {
    id: String,
    secret: String,
}

impl Proof {
    pub(super) fn of(client: &crate::support::Client) -> Self {
        Self {
            id: client.id.clone(),
            secret: client.secret.clone(),
        }
    }

    /// A request of OAuth with these members.
    fn ask(&self, path: &str, members: &Value) -> Draft {
        let mut body = json!({ "client_id": self.id, "client_secret": self.secret });
        let more = members.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(more);
        Draft::new("POST", path).json(body)
    }
}

impl Client {
    /// Gets a token. That changes nothing on the server, so a lost one is nobody's.
    pub(super) async fn mint(&mut self) -> Result<(), Broken> {
        let wish = json!({ "grant_type": "client_credentials" });
        let request = self.proof.ask("/oauth/token", &wish).on(&self.site);
        let answer = request.try_send().await.map_err(|_| Broken)?;
        if matches!(answer.status, 500 | 503) {
            return Ok(());
        }
        self.note(&format!("that is the token <{}>", self.tokens.len()));
        self.tokens.push(Token {
            text: answer.expect(200).string("/access_token"),
            is_active: true,
        });
        Ok(())
    }

    /// The end of one of the tokens that are good.
    pub(super) fn revoke_token(&mut self) -> Option<Plan> {
        let tokens = self.tokens.iter().enumerate();
        let good = tokens.filter(|(number, token)| token.is_active && !self.is_ending(*number));
        let good: Vec<usize> = good.map(|(number, _)| number).collect();
        let number = self.rng.choice(good)?;
        let members = json!({ "token": self.tokens[number].text });
        let draft = self.proof.ask("/oauth/revoke", &members);
        Some(Plan::new(format!("revoke the token <{number}>"), draft, 200).ends_token(number))
    }

    pub(super) fn ended_tokens_len(&self) -> usize {
        let ended = self.tokens.iter().filter(|token| !token.is_active);
        ended.count()
    }

    /// Takes for true that a token has ended.
    pub(super) fn take_end(&mut self, number: usize) {
        self.tokens[number].is_active = false;
    }

    /// Asks about some token.
    pub(super) async fn look_at_token(&mut self) -> Result<(), Broken> {
        if self.tokens.is_empty() {
            return Ok(());
        }
        let number = self.rng.usize(..self.tokens.len());
        if self.is_ending(number) {
            return Ok(());
        }
        if let Some(is_active) = self.is_active(number).await? {
            self.compare(number, is_active);
        }
        Ok(())
    }

    /// After a restart, every token is what it was, and the end of one that was not answered is there or not.
    pub(super) async fn check_tokens(&mut self) {
        for number in 0..self.tokens.len() {
            let Ok(Some(is_active)) = self.is_active(number).await else {
                self.give_up_token(number, "there is no answer");
            };
            if self.is_ending(number) {
                self.note(&format!("the token <{number}>: active is {is_active}"));
                self.tokens[number].is_active &= is_active;
            }
            self.compare(number, is_active);
        }
        self.doubts.retain(|plan| plan.token.is_none());
    }

    fn compare(&self, number: usize, is_active: bool) {
        let known = self.tokens[number].is_active;
        if is_active != known {
            self.give_up_token(number, &format!("active is {is_active}, not {known}"));
        }
    }

    /// Whether the server finds a token good: to be told of, and to be used; `None` if it cannot tell.
    async fn is_active(&self, number: usize) -> Result<Option<bool>, Broken> {
        let token = &self.tokens[number].text;
        let question = self
            .proof
            .ask("/oauth/introspect", &json!({ "token": token }));
        let told = question.on(&self.site).try_send();
        let told = told.await.map_err(|_| Broken)?;
        if self.is_silent(&told) {
            return Ok(None);
        }
        let is_active = told.expect(200).json()["active"].as_bool().unwrap();
        let used = Draft::new("GET", "/api-keys").bearer(token).on(&self.site);
        let used = used.try_send().await.map_err(|_| Broken)?;
        if self.is_silent(&used) {
            return Ok(None);
        }
        let expected = if is_active { 200 } else { 401 };
        if used.status != expected {
            let found = format!("active is {is_active}, and it is answered {}", used.status);
            self.give_up_token(number, &found);
        }
        Ok(Some(is_active))
    }

    /// Whether its end was not answered.
    fn is_ending(&self, number: usize) -> bool {
        let mut doubts = self.doubts.iter();
        doubts.any(|plan| plan.token == Some(number))
    }

    #[track_caller]
    fn give_up_token(&self, number: usize, why: &str) -> ! {
        self.give_up_on(Some(&format!("<{number}>")), why)
    }
}
