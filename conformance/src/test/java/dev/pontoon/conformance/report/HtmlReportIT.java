package dev.pontoon.conformance.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("The HTML page, in a real browser")
class HtmlReportIT {

    private static final String ROWS =
            "[...document.querySelectorAll('details.case')].filter(r => r.checkVisibility())"
                    + ".map(r => r.querySelector('code').textContent)";

    @TempDir private static Path folder;

    private static Browser browser;
    private static URI page;

    @BeforeAll
    static void start() throws Exception {
        boolean here = Browser.executable().isPresent();
        if (!here && "required".equals(System.getProperty("kernel.tests"))) {
            throw new AssertionError("needs: chromium, to look at the HTML report");
        }
        Assumptions.assumeTrue(here, "needs: chromium, to look at the HTML report");
        String html = HtmlReport.of(Samples.judged(Samples.everyOutcome()));
        page = Files.writeString(folder.resolve("page.html"), html).toUri();
        browser = Browser.start(folder.resolve("profile"));
    }

    @AfterAll
    static void stop() {
        if (browser != null) {
            browser.close();
        }
    }

    @BeforeEach
    void open() throws Exception {
        browser.open(page);
    }

    private static String text(String expression) throws Exception {
        return browser.evaluate(expression).asText();
    }

    private static boolean is(String expression) throws Exception {
        return browser.evaluate(expression).asBoolean();
    }

    @Test
    void theMatrixHasALineForEachCaseAndACellForEachBuilder() throws Exception {
        JsonNode cells =
                browser.evaluate(
                        "[...document.querySelectorAll('[data-p=bridge] details.case')]"
                                + ".map(r => [...r.querySelectorAll('summary > *')]"
                                + ".map(c => c.textContent).join('|'))");

        assertThat(cells)
                .extracting(JsonNode::asText)
                .containsExactly(
                        "add/first must|✓ pass|",
                        "del/repeated must|✗ FAIL|✗ FAIL",
                        "del/left should|✗ FAIL|",
                        "del/gone should|△ not met|",
                        "gc/skipped must|– skip|",
                        "gc/broken must|! BROKEN|");
    }

    @Test
    void aFailingCellUnfoldsItsTranscript() throws Exception {
        String evidence = "document.getElementById('v-bridge:del/repeated.unshare')";
        assertThat(is(evidence + ".checkVisibility()")).isFalse();

        browser.click("b[data-v='v-bridge:del/repeated.unshare']");

        assertThat(is(evidence + ".checkVisibility()")).isTrue();
        assertThat(text(evidence + ".innerText"))
                .contains(
                        "failed on unshare",
                        "exit 0\nor exit 11",
                        "</script><b>&amp;\"'\\u{0}\\u{1b}[31m",
                        "CNI_COMMAND=DEL",
                        "(as before, but the command)",
                        "exit 137 (killed after 60 s), 60000 ms",
                        "--builder unshare del/repeated");
        assertThat(text("getComputedStyle(" + evidence + ".querySelector('ins')).color"))
                .isNotEqualTo(
                        text("getComputedStyle(" + evidence + ".querySelector('del')).color"));
        assertThat(
                        is(
                                "(r => r.top >= 0 && r.top < innerHeight)("
                                        + evidence
                                        + ".getBoundingClientRect())"))
                .isTrue();
    }

    @Test
    void aLinkFromTheTopLeadsToTheUnfoldedCase() throws Exception {
        browser.click(".findings a[href$='gc/broken.ip-netns']");

        assertThat(is("document.getElementById('v-bridge:gc/broken.ip-netns').checkVisibility()"))
                .isTrue();
    }

    @Test
    void aCaseOfASecondPluginTellsWhatIsAskedForToo() throws Exception {
        String row = "document.querySelector('[data-p=static] details.case')";
        browser.click("[data-p=static] details.case summary");
        browser.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))");

        assertThat(text(row + ".innerText"))
                .contains("When DEL is called twice", "Plugins MUST accept", "CNI spec 1.1.0");
    }

    @Test
    void theKeyboardUnfoldsACaseToo() throws Exception {
        browser.evaluate("document.querySelector('details.case summary').focus()");
        browser.press("Enter", 13);

        assertThat(is("document.querySelector('details.case').open")).isTrue();
    }

    @Test
    void filtersLeaveWhatIsAskedFor() throws Exception {
        assertThat(browser.evaluate(ROWS)).hasSize(7);

        browser.click("input[name=mark][value=p]");
        assertThat(browser.evaluate(ROWS)).hasSize(5);
        assertThat(text("document.forms[0].shown.value")).isEqualTo("5 of 7 lines");

        browser.click("input[name=text]");
        browser.type("Twice GONE");
        assertThat(browser.evaluate(ROWS)).extracting(JsonNode::asText).containsExactly("del/gone");

        browser.click("button[type=reset]");
        browser.evaluate("new Promise(done => setTimeout(done))");
        choose("plugin", "static");
        assertThat(browser.evaluate(ROWS))
                .extracting(JsonNode::asText)
                .containsExactly("add/first");
        choose("plugin", "");
        choose("group", "gc");
        choose("level", "must");
        assertThat(browser.evaluate(ROWS))
                .extracting(JsonNode::asText)
                .containsExactly("gc/skipped", "gc/broken");
        choose("level", "should");
        assertThat(browser.evaluate(ROWS)).isEmpty();
        assertThat(is("document.querySelector('.nothing').checkVisibility()")).isTrue();
    }

    private static void choose(String name, String value) throws Exception {
        browser.evaluate(
                "(s => { s.value = '%s'; s.dispatchEvent(new Event('input', {bubbles: true})); })"
                                .formatted(value)
                        + "(document.forms[0].elements."
                        + name
                        + ")");
    }

    @Test
    void everyBuilderIsDrawnWithoutWordsAcrossEachOther() throws Exception {
        assertThat(browser.evaluate("document.querySelectorAll('figure svg').length").asInt())
                .isEqualTo(Samples.everyOutcome().builders().size());
        JsonNode overlaps =
                browser.evaluate(
                        """
                        [...document.querySelectorAll('figure svg')].flatMap(svg => {
                          const texts = [...svg.querySelectorAll('text')].map(t => [t, t.getBBox()]);
                          const frame = svg.viewBox.baseVal;
                          const out = texts.filter(([, b]) => b.x < 0 || b.y < 0
                            || b.x + b.width > frame.width || b.y + b.height > frame.height);
                          const over = texts.filter(([t, a]) => texts.some(([u, b]) => t !== u
                            && a.x + 1 < b.x + b.width && b.x + 1 < a.x + a.width
                            && a.y + 2 < b.y + b.height && b.y + 2 < a.y + a.height));
                          return [...out, ...over].map(([t]) => svg.getAttribute('aria-label') + ': ' + t.textContent);
                        })
                        """);
        assertThat(overlaps).isEmpty();
    }

    @Test
    void noRequestLeavesThePage() throws Exception {
        browser.click("b[data-v]");
        browser.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)");
        browser.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 100)))");

        assertThat(browser.requests()).contains(page.toString());
        assertThat(browser.requests())
                .allMatch(url -> url.equals(page.toString()) || url.startsWith("data:"));
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void darkModeAndPrintAreThoughtOf() throws Exception {
        String ground = "getComputedStyle(document.body).backgroundColor";
        String light = text(ground);
        var dark = Browser.object();
        dark.putArray("features")
                .addObject()
                .put("name", "prefers-color-scheme")
                .put("value", "dark");
        browser.emulate(dark);
        assertThat(text(ground)).isNotEqualTo(light);

        browser.emulate(Browser.object().put("media", "print"));
        assertThat(is("document.querySelector('.filters').checkVisibility()")).isFalse();
    }
}
