package dev.counterweight.demo;

import dev.counterweight.demo.PaymentsReportData.Labels;
import dev.counterweight.demo.PaymentsReportData.Learner;
import dev.counterweight.demo.PaymentsReportData.Moments;
import dev.counterweight.demo.PaymentsReportData.Served;
import dev.counterweight.payments.Comparison;
import dev.counterweight.payments.Estimate;
import dev.counterweight.payments.RecallOverTime;
import dev.counterweight.payments.RecallOverTime.Found;
import dev.counterweight.payments.RecallOverTime.Stretch;
import dev.counterweight.payments.Recovery;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Titles of the plots of the payments' report, as HTML: each answers a question with its figure, or
 * says that there is nothing to answer it by.
 */
final class PaymentsTitles {
  private static final double DAY_MS = TimeUnit.DAYS.toMillis(1);

  private final PaymentsReportData data;
  private final Learner rebalanced;

  PaymentsTitles(PaymentsReportData data) {
    this.data = data;
    this.rebalanced = data.rebalanced();
  }

  String results() {
    Estimate found = rebalanced.last().recallAt1();
    return found.known()
        ? "Alerts on 1 % of the payments find "
            + percent(found)
            + " of the frauds"
            + natural(one -> one.last().recallAt1())
        : "No fraud came in the last quarter";
  }

  String curves() {
    return beside(
        Comparison::prAuc,
        "Rebalanced reaches %s of the best PR AUC there could be",
        "PR AUC is not known of a quarter without frauds");
  }

  String saved() {
    return beside(
        Comparison::saved,
        "Alerts of rebalanced save %s of what could be saved",
        "Nobody could save anything in the last quarter");
  }

  private String beside(Function<Comparison, Estimate> of, String title, String unknown) {
    Comparison beside = rebalanced.besideBest();
    if (beside == null || !of.apply(beside).known()) {
      return unknown;
    }
    return title.formatted(percent(of.apply(beside))) + natural(one -> of(one.besideBest(), of));
  }

  String recallOverTime() {
    Moments moments = data.moments();
    RecallOverTime over = rebalanced.overTime();
    Found before = over.found(moments.settledMs(), moments.newPatternMs(), Stretch::all);
    Found after = over.found(moments.newPatternMs(), moments.endMs(), Stretch::all);
    return before.frauds() == 0 || after.frauds() == 0
        ? "Too few frauds came to tell how recall moves"
        : "Rebalanced finds %s of the frauds before the new pattern begins, %s from then on"
            .formatted(percent(before.recall()), percent(after.recall()));
  }

  String recovery() {
    Recovery recovery = rebalanced.recovery();
    if (recovery == null || !recovery.before().known()) {
      return "Too few frauds came to tell how soon a new kind is found";
    }
    return recovery.labelled().isPresent()
        ? "Fraud of the new kind is found again after %s labelled ones"
            .formatted(ReportPage.whole(recovery.labelled().getAsInt()))
        : "Until the stream ends, fraud of the new kind is not found as the old was: %s of it"
            .formatted(percent(recovery.before()));
  }

  String recoveryNote() {
    Recovery recovery = rebalanced.recovery();
    if (recovery == null || !recovery.before().known()) {
      return "Points are three and a half days, with 95 % intervals.";
    }
    String back =
        recovery.backMs().isPresent()
            ? String.format(
                Locale.ROOT,
                ", which is so %.1f days after it began",
                (recovery.backMs().getAsLong() - data.moments().newPatternMs()) / DAY_MS)
            : "";
    return "Found again: of %d of them in a row, rebalanced finds 0.9 of the share that it found of all frauds before, %s%s. Points are three and a half days, with 95 %% intervals."
        .formatted(Recovery.WINDOW, percent(recovery.before()), back);
  }

  String patterns() {
    Moments moments = data.moments();
    Found burst = rebalanced.overTime().found(moments.settledMs(), moments.endMs(), Stretch::burst);
    return burst.frauds() == 0
        ? "No fraud of the burst came"
        : "Rebalanced finds %s of the burst&#39;s %s frauds"
            .formatted(percent(burst.recall()), ReportPage.whole(burst.frauds()));
  }

  String calibration() {
    Estimate ece = rebalanced.last().ece();
    return ece.known()
        ? "Probabilities of rebalanced are off by %s on average"
            .formatted(PaymentsTables.with(ece, 4))
        : "No payment came in the last quarter";
  }

  String labels() {
    Labels labels = data.labels();
    return labels.chargedBack() == 0
        ? "No chargeback came"
        : String.format(
            Locale.ROOT,
            "Half of the chargebacks come %.1f days late or later",
            labels.medianDays());
  }

  String labelsNote() {
    Labels labels = data.labels();
    return "%s chargebacks came before the stream ended, in which there were %s frauds; %s of the chargebacks were of honest payments and were taken back later. The last bar holds all that came later still."
        .formatted(
            ReportPage.whole(labels.chargedBack()),
            ReportPage.whole(labels.frauds()),
            ReportPage.whole(labels.takenBack()));
  }

  String stream() {
    long letters = data.deadLetters().values().stream().mapToLong(Long::longValue).sum();
    return letters == 0
        ? "Every record could be read"
        : "%s records could not be read, and nothing stopped".formatted(ReportPage.whole(letters));
  }

  String features() {
    return data.features().isEmpty()
        ? ""
        : "%s moved the answers most: %s of all that moved them"
            .formatted(
                ReportPage.escape(data.features().get(0).name()),
                ReportPage.percent(data.features().get(0).share()));
  }

  String served() {
    Served served = data.served();
    return served == null
        ? ""
        : "By %s labels the job itself knew its recall: %s"
            .formatted(ReportPage.whole(served.judged()), percent(served.recall()));
  }

  /** What the natural job came to, to end a title with. */
  private String natural(Function<Learner, @Nullable Estimate> of) {
    Learner natural = data.learner(PaymentsReportData.NATURAL);
    Estimate value = natural == null ? null : of.apply(natural);
    return value == null || !value.known() ? "" : ", natural " + percent(value);
  }

  private static @Nullable Estimate of(
      @Nullable Comparison beside, Function<Comparison, Estimate> of) {
    return beside == null ? null : of.apply(beside);
  }

  private static String percent(Estimate share) {
    if (!share.known()) {
      return "–";
    }
    String value = String.format(Locale.ROOT, "%.0f %%", 100 * share.value());
    return Double.isNaN(share.low()) || Double.isNaN(share.high())
        ? value
        : String.format(
            Locale.ROOT, "%s (%.0f to %.0f)", value, 100 * share.low(), 100 * share.high());
  }
}
