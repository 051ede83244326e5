//! Swagger UI in a real browser: each document renders, and each documented operation can be tried.
//! Leaves what the operations answer to the contracts' own files.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::extensions::query::ElementQueryable as _;
use thirtyfour::prelude::{By, DesiredCapabilities, Key, WebDriver, WebElement};
use thirtyfour::{ChromiumLikeCapabilities as _, LoggingPrefsLogLevel};

use crate::first_start::{credentials, stranger};
use crate::support::child::Folder;
use crate::support::documents::{CONTRACTS, canonical};
use crate::support::{PATIENCE, Server, target, until};

const MISSING: &str = "Swagger UI is tried in Chromium with chromedriver: run `cargo xtask setup`";

/// A browser with a profile of its own.
struct Browser {
    driver: WebDriver,
    process: Process,
    profile: TempDir,
}

/// The driver and all that it has started, which end with it.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let group = format!("-{}", self.0.id());
        let end = ["-c", "kill -s KILL -- \"$0\"", group.as_str()];
        Command::new("sh").args(end).status().unwrap();
        self.0.wait().unwrap();
    }
}

impl Browser {
    async fn open() -> Self {
        let process = Command::new("chromedriver")
            .args(["--port=0", "--log-level=WARNING"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect(MISSING);
        let mut process = Process(process);
        let mut lines = BufReader::new(process.0.stdout.take().unwrap()).lines();
        let port = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| {
                Some(
                    line.split_once("started successfully on port ")?
                        .1
                        .trim_end_matches('.')
                        .to_owned(),
                )
            })
            .expect(MISSING);
        // Whatever else it prints must not block it.
        std::thread::spawn(move || lines.for_each(drop));
        let profile = tempfile::tempdir().unwrap();
        let mut capabilities = DesiredCapabilities::chrome();
        for argument in [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-proxy-server",
            "--window-size=1280,1600",
            &format!("--user-data-dir={}", profile.path().display()),
        ] {
            capabilities.add_arg(argument).unwrap();
        }
        capabilities
            .set_browser_log_level(LoggingPrefsLogLevel::All)
            .unwrap();
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities).await;
        Self {
            driver: driver.expect(MISSING),
            process,
            profile,
        }
    }

    async fn close(self) {
        self.driver.quit().await.unwrap();
        drop(self.process);
        self.profile.close().unwrap();
    }

    /// The one element that a CSS selector finds, once it is there and can be seen.
    async fn element(&self, css: &str) -> WebElement {
        let query = self.driver.query(By::Css(css.to_owned())).and_displayed();
        let found = query
            .wait(PATIENCE, Duration::from_millis(20))
            .first()
            .await;
        found.unwrap_or_else(|error| panic!("{css}: {error}"))
    }

    async fn click(&self, css: &str) {
        let element = self.element(css).await;
        element.scroll_into_view().await.unwrap();
        element.click().await.unwrap();
    }

    /// Replaces what an input holds, as a person does.
    async fn fill(&self, css: &str, text: &str) {
        let input = self.element(css).await;
        input.scroll_into_view().await.unwrap();
        input.clear().await.unwrap();
        input.send_keys(text).await.unwrap();
    }

    async fn text(&self, css: &str) -> String {
        self.element(css).await.text().await.unwrap()
    }

    /// Opens a contract's document by the selector at the top of the page.
    async fn show(&self, server: &Server, contract: &str) {
        self.driver.goto(server.url("/docs/")).await.unwrap();
        // The page shows the document that was loaded last, not the one that was chosen last.
        self.element(".info .title").await;
        let option = format!("//select[@id='select']/option[contains(., '{contract}')]");
        let query = self.driver.query(By::XPath(option));
        let option = query
            .wait(PATIENCE, Duration::from_millis(20))
            .first()
            .await
            .unwrap();
        option.click().await.unwrap();
        let title = canonical(contract)["info"]["title"].as_str().unwrap();
        until("the document's title", async || {
            let script = "return document.querySelector('.info .title')?.innerText ?? ''";
            let shown = self.driver.execute(script, vec![]).await.unwrap();
            shown.json().as_str().unwrap().contains(title).then_some(())
        })
        .await;
    }

    /// What the page complained about since the last look.
    async fn complaints(&self) -> Vec<String> {
        let entries = self.driver.browser_log().await.unwrap();
        let severe = entries.into_iter().filter(|entry| entry.level == "SEVERE");
        severe.map(|entry| entry.message).collect()
    }

    async fn photograph(&self, name: &str) {
        let folder = target().join("screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        self.driver
            .screenshot(&folder.join(format!("{name}.png")))
            .await
            .unwrap();
    }

    /// Opens an operation and its form.
    async fn try_out(&self, tag: &str, operation: &str) -> String {
        self.open_form(&format!("#operations-{tag}-{operation}"))
            .await
    }

    async fn open_form(&self, block: &str) -> String {
        self.click(&format!("{block} .opblock-summary-control"))
            .await;
        // The page may open the form by itself; the same button then closes it.
        let button = self.element(&format!("{block} .try-out__btn")).await;
        let class = button.class_name().await.unwrap().unwrap_or_default();
        if !class.contains("cancel") {
            button.click().await.unwrap();
        }
        block.to_owned()
    }

    async fn script(&self, script: &str) -> Value {
        let answer = self.driver.execute(script, vec![]).await.unwrap();
        answer.json().clone()
    }

    /// Makes the page as wide as a screen is.
    async fn resize(&self, width: u32) {
        let size = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        let tools = self.driver.cdp();
        let resized = tools.send_raw("Emulation.setDeviceMetricsOverride", size);
        resized.await.unwrap();
    }

    /// Refuses a page that has to be moved sideways to be read.
    async fn assert_fits(&self, selector: &str, what: &str) {
        let sizes = format!(
            "const part = document.querySelector('{selector}'); return [part.scrollWidth, part.clientWidth]"
        );
        let sizes = self.script(&sizes).await;
        assert!(sizes[0].as_u64() <= sizes[1].as_u64(), "{what}: {sizes}");
    }

    /// Opens the dialog, and waits for the cursor; returns the name of what the field is for.
    async fn open_dialog(&self) -> String {
        self.click(".auth-wrapper .authorize").await;
        self.element(".modal-ux input").await;
        let script = "const field = document.activeElement; \
            return field.tagName === 'INPUT' && field.closest('.auth-container').querySelector('h4').innerText";
        until("the cursor is in a field", async || {
            let name = self.script(script).await;
            name.as_str().map(str::to_owned)
        })
        .await
    }

    /// Sends the form and returns the status that is shown for the live answer.
    async fn execute(&self, server: &Server, block: &str) -> String {
        self.click(&format!("{block} .execute")).await;
        let live = format!("{block} .live-responses-table .response");
        let status = self.text(&format!("{live} .response-col_status")).await;
        let body = self
            .text(&format!("{live} .response-col_description"))
            .await;
        let json = &body[body.find('{').unwrap()..];
        let json = serde_json::Deserializer::from_str(json)
            .into_iter::<Value>()
            .next();
        let known = server.secrets.len();
        let json = json.unwrap().unwrap().to_string();
        server.secrets.add_all_of(json.as_bytes());
        assert!(server.secrets.len() > known, "no secret is shown: {body}");
        status.lines().next().unwrap_or_default().to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_document_renders_without_a_complaint() {
    let server = Server::start();
    let browser = Browser::open().await;
    for contract in CONTRACTS {
        browser.show(&server, contract).await;
        let operations = canonical(contract)["paths"].as_object().unwrap().values();
        let operations: usize = operations.map(|item| item.as_object().unwrap().len()).sum();
        until("all operations", async || {
            let script = "return document.querySelectorAll('.opblock').length";
            let shown = browser.driver.execute(script, vec![]).await.unwrap();
            (shown.json().as_u64() == Some(operations as u64)).then_some(())
        })
        .await;
        browser.photograph(contract).await;
        let errors = browser
            .driver
            .find_all(By::Css(".errors-wrapper"))
            .await
            .unwrap();
        assert!(errors.is_empty(), "{contract}: the page shows an error");
    }
    assert_eq!(browser.complaints().await, [""; 0]);
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_open_on_control_and_say_whom_each_contract_is_for() {
    let server = Server::start();
    let browser = Browser::open().await;
    browser.driver.goto(server.url("/docs/")).await.unwrap();
    let title = "return document.querySelector('.info .title')?.innerText";
    until("the document of control", async || {
        let shown = browser.script(title).await;
        let is_control = shown.as_str()?.contains("keywright control");
        is_control.then_some(())
    })
    .await;
    let overview = browser.text("#overview").await;
    for contract in CONTRACTS {
        assert!(overview.contains(&format!("{contract}: ")), "{overview}");
    }
    assert!(overview.contains("Start with control"), "{overview}");
    assert!(browser.driver.title().await.unwrap().contains("keywright"));
    // A link of the overview leads to the document that it names.
    browser.click("#overview a[data-name='named-keys']").await;
    until("the document of the link", async || {
        let shown = browser.script(title).await;
        let is_named = shown.as_str()?.contains("keywright named-keys");
        is_named.then_some(())
    })
    .await;
    assert_eq!(browser.complaints().await, [""; 0]);
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_first_start_the_root_key_goes_where_the_cursor_is_and_the_example_makes_a_key() {
    let folder = Folder::new();
    let server = stranger(&folder, &[]);
    let stdout = server.stdout();
    credentials(&stdout).for_each(|secret| server.secrets.add(secret));
    let printed = |name: &str| {
        let start = format!("export {name}=");
        let line = stdout.lines().find_map(|line| line.strip_prefix(&start));
        line.unwrap().to_owned()
    };
    let browser = Browser::open().await;
    browser.driver.goto(server.url("/docs/")).await.unwrap();
    let field = browser.open_dialog().await;
    assert!(field.starts_with("control_key"), "{field}");
    browser.photograph("control-authorize").await;
    let cursor = browser.driver.active_element().await.unwrap();
    let pasted = format!("{}{}", printed("KEYWRIGHT_KEY"), Key::Enter.value());
    cursor.send_keys(pasted).await.unwrap();
    browser.click(".modal-ux .btn-done").await;
    let block = browser.open_form(".opblock[id$='-create_key']").await;
    assert_eq!(browser.execute(&server, &block).await, "201");
    browser.photograph("control-executed").await;
    let organization = printed("ORGANIZATION_ID");
    browser.show(&server, "organization-key").await;
    browser.open_form(".opblock").await;
    let id = "return document.querySelector(\"tr[data-param-name='SlashID-OrgID'] input\").value";
    assert_eq!(browser.script(id).await, organization);
    browser.show(&server, "client-keys").await;
    let field = browser.open_dialog().await;
    assert!(field.starts_with("access_token"), "{field}");
    let id = "return document.activeElement.value";
    assert_eq!(browser.script(id).await, printed("CLIENT_ID"));
    assert_eq!(browser.complaints().await, [""; 0]);
    browser.close().await;
    server.finish();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_fit_a_narrow_and_a_wide_screen() {
    let server = Server::start();
    let browser = Browser::open().await;
    for width in [400, 1280] {
        browser.resize(width).await;
        for contract in CONTRACTS {
            let what = format!("{contract} at {width}");
            browser.show(&server, contract).await;
            browser.assert_fits("html", &what).await;
            browser.open_dialog().await;
            browser
                .assert_fits(".modal-ux-content", &format!("{what}, dialog"))
                .await;
            browser.click(".modal-ux .btn-done").await;
            browser.open_form(".opblock").await;
            browser.assert_fits("html", &format!("{what}, open")).await;
            browser
                .photograph(&format!("{contract}-open-{width}"))
                .await;
        }
    }
    assert_eq!(browser.complaints().await, [""; 0]);
    browser.close().await;
}

/// Opens the dialog, sends one credential by it, and closes it.
async fn authorize(browser: &Browser, input: &str, credential: &str) {
    browser.click(".auth-wrapper .authorize").await;
    browser
        .fill(&format!(".modal-ux {input}"), credential)
        .await;
    browser
        .click(".modal-ux .auth-btn-wrapper .authorize")
        .await;
    browser.click(".modal-ux .btn-done").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_key_can_be_replaced_on_the_page() {
    let server = Server::start();
    let user = server.root().user().await;
    let browser = Browser::open().await;
    browser.show(&server, "user-key").await;
    authorize(
        &browser,
        "input[type=text], .modal-ux input[type=password]",
        &user.key,
    )
    .await;
    let block = browser.try_out("user-key", "generate_user_key").await;
    let version = format!("{block} tr[data-param-name='X-Exorde-Api-Version'] select");
    if browser.driver.find(By::Css(version.clone())).await.is_ok() {
        browser
            .click(&format!("{version} option[value='v1']"))
            .await;
    }
    assert_eq!(browser.execute(&server, &block).await, "200");
    browser.photograph("user-key-executed").await;
    assert_eq!(server.root().verdict(&user.key).await, "REPLACED");
    assert_eq!(browser.complaints().await, [""; 0]);
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_key_can_be_created_on_the_page() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let client = server.root().client_of(&organization).await;
    let browser = Browser::open().await;
    browser.show(&server, "client-keys").await;
    browser.click(".auth-wrapper .authorize").await;
    browser
        .fill(".modal-ux #client_id_clientCredentials", &client.id)
        .await;
    browser
        .fill(".modal-ux #client_secret_clientCredentials", &client.secret)
        .await;
    browser
        .click(".modal-ux label[for^='create:api-key'] .item")
        .await;
    browser.click(".modal-ux .auth-container:has(#client_id_clientCredentials) .auth-btn-wrapper .authorize").await;
    browser
        .element(".modal-ux button[aria-label='Remove authorization']")
        .await;
    browser.photograph("client-keys-authorized").await;
    browser.click(".modal-ux .btn-done").await;
    let block = browser.try_out("client-keys", "create_client_key").await;
    assert_eq!(browser.execute(&server, &block).await, "201");
    browser.photograph("client-keys-executed").await;
    assert_eq!(browser.complaints().await, [""; 0]);
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_named_key_can_be_created_on_the_page() {
    let server = Server::start();
    let organization = server.root().organization().await;
    let holder = server.root().named_of(&organization).await;
    let browser = Browser::open().await;
    browser.show(&server, "named-keys").await;
    authorize(
        &browser,
        "input[type=text], .modal-ux input[type=password]",
        &holder.key,
    )
    .await;
    let block = browser.try_out("named-keys", "create_named_key").await;
    assert_eq!(browser.execute(&server, &block).await, "201");
    browser.photograph("named-keys-executed").await;
    let listed = format!("/v1/keys?owner_id={}&name=ci-deploy", organization.id);
    let listed: Value = server.root().get(&listed).await.json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    assert_eq!(browser.complaints().await, [""; 0]);
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_key_can_be_replaced_on_the_page() {
    let server = Arc::new(Server::start());
    let organization = server.root().organization().await;
    let browser = Browser::open().await;
    browser.show(&server, "organization-key").await;
    authorize(
        &browser,
        "input[type=text], .modal-ux input[type=password]",
        &organization.key,
    )
    .await;
    let block = browser
        .try_out("organization-key", "generate_organization_key")
        .await;
    browser
        .fill(
            &format!("{block} tr[data-param-name='SlashID-OrgID'] input"),
            &organization.id,
        )
        .await;
    assert_eq!(browser.execute(&server, &block).await, "200");
    browser.photograph("organization-key-executed").await;
    assert_eq!(server.root().verdict(&organization.key).await, "REPLACED");
    assert_eq!(browser.complaints().await, [""; 0]);
    browser.close().await;
}
