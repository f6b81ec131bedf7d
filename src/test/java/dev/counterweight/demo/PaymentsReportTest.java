package dev.counterweight.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.demo.PaymentsReportData.Feature;
import dev.counterweight.demo.PaymentsReportData.Labels;
import dev.counterweight.demo.PaymentsReportData.Learner;
import dev.counterweight.demo.PaymentsReportData.Moments;
import dev.counterweight.payments.JudgedPayments;
import dev.counterweight.payments.Pattern;
import dev.counterweight.payments.PaymentsPlan;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import org.junit.jupiter.api.Test;

class PaymentsReportTest {
  private static final java.util.regex.Pattern DATA =
      java.util.regex.Pattern.compile(
          "<script type=\"application/json\" id=\"data\">(.*?)</script>");
  private static final java.util.regex.Pattern TITLE =
      java.util.regex.Pattern.compile("<p class=\"topic\">.*?</p>\\s*<h2>(.*?)</h2>");

  private final PaymentsReportData data = PaymentsReportExample.data(20_000);

  @Test
  void eachTitleAnswersWithAFigure() {
    String html = PaymentsReport.html(data);
    Matcher title = TITLE.matcher(html);
    int titles = 0;
    while (title.find()) {
      titles++;
      assertThat(title.group(1)).containsPattern("\\d");
    }
    assertThat(titles).isEqualTo(html.split("<section class=\"card").length - 1).isEqualTo(11);
    assertThat(html)
        .contains(
            "41 records could not be read", "merchant.category moved the answers most: 31.0 %")
        .contains("By 30,112 labels the job itself knew its recall: 71 % (62 to 79)");
  }

  @Test
  void eachFigureStandsBesideItsInterval() throws Exception {
    String html = PaymentsReport.html(data);
    Learner rebalanced = data.rebalanced();
    String row = html.substring(html.indexOf("<th scope=\"row\">PR AUC</th>"));
    row = row.substring(0, row.indexOf("</tr>"));
    assertThat(row.split("<td ")).as("natural, rebalanced, Bayes").hasSize(4);
    assertThat(row)
        .contains(
            "<td class=\"rebalanced\" data-label=\"rebalanced\"><b>%s</b> <small>%s to %s</small>"
                .formatted(
                    ReportPage.number(rebalanced.last().prAuc().value(), 3),
                    ReportPage.number(rebalanced.last().prAuc().low(), 3),
                    ReportPage.number(rebalanced.last().prAuc().high(), 3)));
    JsonNode drawn = dataOf(html).at("/learners/1");
    assertThat(drawn.at("/name").asText()).isEqualTo("rebalanced");
    assertThat(drawn.at("/curve/5/low").asDouble())
        .isEqualTo(rebalanced.last().curve().get(5).precision().low());
    assertThat(drawn.at("/patterns")).hasSize(3);
    assertThat(drawn.at("/overTime/newPattern/0/y").isNull()).as("not yet begun").isTrue();
    assertThat(drawn.at("/overTime/all")).hasSize(Learner.STRETCHES);
  }

  @Test
  void aStreamWithoutFraudHasAReportThatSaysSo() throws Exception {
    PaymentsPlan plan = PaymentsPlan.of(10, 1, Instant.EPOCH);
    JudgedPayments none = new JudgedPayments(10);
    for (int i = 0; i < 10; i++) {
      none.add(plan.at(i / 10.0), Pattern.NONE, 10, 0.01);
    }
    String html =
        PaymentsReport.html(
            new PaymentsReportData(
                "Nothing",
                Map.of(),
                Map.of(),
                Moments.of(plan, new long[0]),
                List.of(
                    Learner.of("natural", plan, none, none, new long[0], 1),
                    Learner.of("rebalanced", plan, none, none, new long[0], 1),
                    Learner.best(plan, none, 1)),
                Labels.of(0, 0, new long[0]),
                List.of(),
                null,
                Map.of()));
    assertThat(html.replaceAll("(?s)<(script|style).*?</\\1>", ""))
        .contains("No fraud came in the last quarter", "No chargeback came")
        .contains("Every record could be read", "PR AUC is not known")
        .doesNotContain("NaN", "{{", "null", "Features that mattered", "judged later");
    assertThat(dataOf(html).at("/learners/0/curve/0/y").isNull()).isTrue();
  }

  @Test
  void namesFromOutsideCannotBecomeMarkup() throws Exception {
    String evil = "</script><script>alert('x')</script>&\"{{data}}";
    String html =
        PaymentsReport.html(
            new PaymentsReportData(
                evil,
                Map.of(evil, evil),
                Map.of(evil, 1L),
                data.moments(),
                data.learners(),
                data.labels(),
                List.of(new Feature(evil, 1)),
                data.served(),
                Map.of(evil, 1L)));
    assertThat(html).doesNotContain("<script>alert").doesNotContain("</script>&");
    assertThat(dataOf(html).at("/features/0/name").asText()).isEqualTo(evil);
  }

  @Test
  void needsNothingButItself() {
    String html = PaymentsReport.html(data).replaceAll("(?s)/\\*!.*?\\*/", "");
    assertThat(html)
        .contains("default-src 'none'")
        .doesNotContain("sourceMappingURL", "{{")
        .doesNotContainPattern("https?://")
        .doesNotContainPattern("(src|href)\\s*=\\s*[\"']")
        .doesNotContainPattern("@import|url\\(");
  }

  @Test
  void delaysAreCountedByDayAndTheLatestTogether() {
    long dayMs = 86_400_000;
    Labels labels = Labels.of(5, 1, new long[] {0, dayMs - 1, dayMs, 5 * dayMs, 400 * dayMs});
    assertThat(labels.days()).hasSize(31).startsWith(2, 1, 0, 0, 0, 1).endsWith(1);
    assertThat(labels.medianDays()).isEqualTo(1);
  }

  @Test
  void aReportWithoutTheJobItIsAboutIsRefused() {
    assertThatThrownBy(
            () ->
                new PaymentsReportData(
                    "",
                    Map.of(),
                    Map.of(),
                    data.moments(),
                    List.of(),
                    data.labels(),
                    List.of(),
                    null,
                    Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must have rebalanced");
  }

  private static JsonNode dataOf(String html) throws Exception {
    Matcher found = DATA.matcher(html);
    assertThat(found.find()).isTrue();
    return new ObjectMapper().readTree(found.group(1));
  }
}
