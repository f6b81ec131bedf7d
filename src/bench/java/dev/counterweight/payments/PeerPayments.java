package dev.counterweight.payments;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The payments of {@code demo payments} for other learners, and what they served judged by the
 * truth. Run by hand; arguments:
 *
 * <ul>
 *   <li>{@code export PAYMENTS SEED FILE}: writes the stream, without the truth, a JSON object a
 *       line, in order of time: payments, and chargebacks as {@code {"of": number, "at": ms,
 *       "fraud": true}}.
 *   <li>{@code judge PAYMENTS SEED FILE}: judges a file of lines {@code number,probability} of the
 *       same stream beside Bayes' probabilities, over the payments after the first quarter and over
 *       the last quarter.
 * </ul>
 */
public final class PeerPayments {
  /** A Monday, as the demo begins on: of one seed both are one stream, but for whole weeks. */
  private static final Instant START = Instant.parse("2026-01-05T00:00:00Z");

  private static final long SEED = 1;
  private static final ObjectMapper JSON = new ObjectMapper();

  private PeerPayments() {}

  public static void main(String[] arguments) throws IOException {
    PaymentsPlan plan =
        PaymentsPlan.of(Integer.parseInt(arguments[1]), Long.parseLong(arguments[2]), START);
    Path file = Path.of(arguments[3]);
    if (arguments[0].equals("export")) {
      export(plan, file);
    } else {
      judge(plan, file);
    }
  }

  private static void export(PaymentsPlan plan, Path file) throws IOException {
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      for (PaymentStream stream = new PaymentStream(plan); stream.hasNext(); ) {
        Occurrence occurrence = stream.next();
        if (occurrence instanceof Payment payment) {
          out.write(JSON.writeValueAsString(line(payment)) + "\n");
        } else if (occurrence instanceof Chargeback told) {
          out.write(JSON.writeValueAsString(line(told)) + "\n");
        }
      }
    }
  }

  private static Map<String, Object> line(Payment payment) {
    Map<String, Object> line = new LinkedHashMap<>(ShopJson.of(payment));
    line.put("number", payment.number());
    return line;
  }

  private static Map<String, Object> line(Chargeback told) {
    return Map.of("of", told.payment(), "at", told.timeMs(), "fraud", told.fraud());
  }

  private static void judge(PaymentsPlan plan, Path file) throws IOException {
    double[] served = new double[plan.payments()];
    BitSet which = new BitSet();
    for (String line : Files.readAllLines(file)) {
      String[] cells = line.split(",", -1);
      served[Integer.parseInt(cells[0])] = Double.parseDouble(cells[1]);
      which.set(Integer.parseInt(cells[0]));
    }
    TruthTable truth = new TruthTable(plan);
    new PaymentStream(plan).forEachRemaining(truth::add);
    which.and(truth.payments());
    JudgedPayments own = truth.judged(n -> served[n], which);
    JudgedPayments best = truth.best(which);
    for (double from : new double[] {0.25, 0.75}) {
      JudgedPayments part = own.between(plan.at(from), plan.endMs());
      JudgedPayments bestPart = best.between(plan.at(from), plan.endMs());
      System.out.printf(Locale.ROOT, "from %.2f of the time on%n", from);
      tell("served", Judgement.of(part, SEED));
      tell("best", Judgement.of(bestPart, SEED));
      Comparison comparison = Comparison.of(part, bestPart, SEED);
      tell("PR AUC, share of the best", comparison.prAuc());
      tell("saved, share of the best", comparison.saved());
    }
    System.out.println(Recovery.of(plan, own, truth.chargebacksMs(Pattern.NEW_PATTERN)));
  }

  private static void tell(String whose, Judgement judgement) {
    System.out.printf(
        "  %s: %d payments, %d frauds%n", whose, judgement.payments(), judgement.frauds());
    List<Map.Entry<String, Estimate>> figures =
        List.of(
            Map.entry("recall at 1 %", judgement.recallAt1()),
            Map.entry("recall at 5 %", judgement.recallAt5()),
            Map.entry("PR AUC", judgement.prAuc()),
            Map.entry("log loss", judgement.logLoss()),
            Map.entry("ECE", judgement.ece()),
            Map.entry("saved", judgement.saved()));
    figures.forEach(figure -> tell(figure.getKey(), figure.getValue()));
  }

  private static void tell(String name, Estimate figure) {
    System.out.printf(
        Locale.ROOT,
        "    %s %.5f (%.5f to %.5f)%n",
        name,
        figure.value(),
        figure.low(),
        figure.high());
  }
}
