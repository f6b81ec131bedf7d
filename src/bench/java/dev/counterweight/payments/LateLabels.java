package dev.counterweight.payments;

import dev.counterweight.joining.JoinRules;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The labels of a plan's payments in the order in which a joiner would write them. */
final class LateLabels {
  /**
   * What a joiner writes of a payment: once, and again where its label is corrected.
   *
   * @param timeMs when
   */
  record Label(long timeMs, Payment payment, boolean fraud) {}

  private LateLabels() {}

  static List<Label> of(PaymentsPlan plan, JoinRules rules) {
    Map<Long, Payment> payments = new HashMap<>();
    Map<Long, List<Chargeback>> told = new HashMap<>();
    new PaymentStream(plan)
        .forEachRemaining(
            next -> {
              if (next instanceof Payment payment) {
                payments.put(payment.number(), payment);
              } else if (next instanceof Chargeback chargeback) {
                told.computeIfAbsent(chargeback.payment(), n -> new ArrayList<>()).add(chargeback);
              }
            });
    List<Label> labels = new ArrayList<>();
    payments.forEach(
        (number, payment) ->
            labels.addAll(of(payment, told.getOrDefault(number, List.of()), rules)));
    labels.removeIf(label -> label.timeMs() >= plan.endMs());
    labels.sort(
        Comparator.comparingLong(Label::timeMs)
            .thenComparingLong(label -> label.payment().number()));
    return labels;
  }

  private static List<Label> of(Payment payment, List<Chargeback> told, JoinRules rules) {
    List<Label> labels = new ArrayList<>();
    long waitedMs = payment.timeMs() + rules.waitMs();
    for (Chargeback chargeback : told) {
      if (labels.isEmpty() && chargeback.timeMs() > waitedMs) {
        labels.add(new Label(waitedMs, payment, false));
      }
      boolean corrects =
          chargeback.timeMs() > waitedMs && chargeback.timeMs() <= waitedMs + rules.correctForMs();
      if (labels.isEmpty() || corrects) {
        labels.add(new Label(chargeback.timeMs(), payment, chargeback.fraud()));
      }
    }
    if (labels.isEmpty()) {
      labels.add(new Label(waitedMs, payment, false));
    }
    return labels;
  }
}
