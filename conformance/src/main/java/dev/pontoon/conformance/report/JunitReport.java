package dev.pontoon.conformance.report;

import dev.pontoon.conformance.lab.Outcome;
import dev.pontoon.conformance.run.Verdict;
import java.io.StringWriter;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/**
 * JUnit XML, as build servers read it: a suite for each plugin on each builder. What is not met but
 * does not count is a skipped test, because there is nothing else for it.
 */
public final class JunitReport {

    private final Judgement judgement;
    private final XMLStreamWriter xml;

    private JunitReport(Judgement judgement, XMLStreamWriter xml) {
        this.judgement = judgement;
        this.xml = xml;
    }

    /** The whole report as XML text. */
    public static String of(Judgement judgement) {
        var text = new StringWriter();
        try {
            XMLStreamWriter xml = XMLOutputFactory.newFactory().createXMLStreamWriter(text);
            new JunitReport(judgement, xml).document();
            xml.close();
        } catch (XMLStreamException e) {
            throw new IllegalStateException("write a report as XML", e);
        }
        return text.toString();
    }

    private void document() throws XMLStreamException {
        xml.writeStartDocument("UTF-8", "1.0");
        newLine();
        xml.writeStartElement("testsuites");
        attribute("name", "CNI conformance of " + judgement.report().folder());
        counts(judgement.report().verdicts(), judgement.report().duration());
        for (Map.Entry<String, List<Verdict>> suite : suites().entrySet()) {
            suite(suite.getKey(), suite.getValue());
        }
        newLine();
        xml.writeEndElement();
        xml.writeEndDocument();
    }

    private Map<String, List<Verdict>> suites() {
        Map<String, List<Verdict>> suites = new LinkedHashMap<>();
        for (Verdict verdict : judgement.report().verdicts()) {
            suites.computeIfAbsent(className(verdict), _ -> new ArrayList<>()).add(verdict);
        }
        return suites;
    }

    private static String className(Verdict verdict) {
        return verdict.subject() + "." + verdict.builder();
    }

    private void suite(String name, List<Verdict> verdicts) throws XMLStreamException {
        newLine();
        xml.writeStartElement("testsuite");
        attribute("name", name);
        Duration time =
                verdicts.stream().map(Verdict::duration).reduce(Duration.ZERO, Duration::plus);
        counts(verdicts, time);
        attribute(
                "timestamp",
                LocalDateTime.ofInstant(
                                judgement.report().started().truncatedTo(ChronoUnit.SECONDS),
                                ZoneOffset.UTC)
                        .format(DateTimeFormatter.ISO_LOCAL_DATE_TIME));
        for (Verdict verdict : verdicts) {
            test(verdict);
        }
        newLine();
        xml.writeEndElement();
    }

    private void counts(List<Verdict> verdicts, Duration time) throws XMLStreamException {
        Tally tally = judgement.tally(verdicts);
        attribute("tests", Integer.toString(tally.total()));
        attribute("failures", Integer.toString(tally.of(Mark.FAILED)));
        attribute("errors", Integer.toString(tally.of(Mark.BROKEN)));
        attribute("skipped", Integer.toString(tally.of(Mark.SKIPPED) + tally.of(Mark.NOT_MET)));
        attribute("time", seconds(time));
    }

    private void test(Verdict verdict) throws XMLStreamException {
        newLine();
        xml.writeStartElement("testcase");
        attribute("classname", className(verdict));
        attribute("name", verdict.tried().id());
        attribute("time", seconds(verdict.duration()));
        outcome(verdict);
        xml.writeEndElement();
    }

    private void outcome(Verdict verdict) throws XMLStreamException {
        switch (verdict.outcome()) {
            case Outcome.Passed _ -> {}
            case Outcome.Failed failed -> failed(verdict, failed);
            case Outcome.Skipped skipped -> empty("skipped", skipped.need());
            case Outcome.Broken broken ->
                    element("error", "broken", firstLine(broken.cause()), verdict);
        }
    }

    private void failed(Verdict verdict, Outcome.Failed failed) throws XMLStreamException {
        var excuse = judgement.standard().excuse(verdict);
        String actual = firstLine(failed.findings().getFirst().actual());
        if (excuse.isPresent()) {
            empty("skipped", "not met: " + actual + " (" + excuse.get() + ")");
        } else {
            element("failure", verdict.tried().level().toString(), actual, verdict);
        }
    }

    private void empty(String name, String message) throws XMLStreamException {
        xml.writeEmptyElement(name);
        attribute("message", message);
    }

    private void element(String name, String type, String message, Verdict verdict)
            throws XMLStreamException {
        xml.writeStartElement(name);
        attribute("type", type);
        attribute("message", message);
        xml.writeCharacters(Visible.text(String.join("\n", Explanation.lines(judgement, verdict))));
        xml.writeEndElement();
    }

    private void attribute(String name, String value) throws XMLStreamException {
        xml.writeAttribute(name, Visible.text(value));
    }

    private void newLine() throws XMLStreamException {
        xml.writeCharacters("\n");
    }

    private static String firstLine(String text) {
        return text.lines().findFirst().orElse("");
    }

    private static String seconds(Duration time) {
        return String.format(Locale.ROOT, "%.3f", time.toMillis() / 1000.0);
    }
}
