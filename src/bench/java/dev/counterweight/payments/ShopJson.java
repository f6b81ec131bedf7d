package dev.counterweight.payments;

import java.util.LinkedHashMap;
import java.util.Map;

/** A payment as the shop of {@code demo payments} writes it, as JSON has it. */
final class ShopJson {
  private ShopJson() {}

  static Map<String, Object> of(Payment payment) {
    Map<String, Object> event = new LinkedHashMap<>();
    event.put("amount", payment.amount());
    event.put("at", payment.timeMs());
    event.put("card", Map.of("country", payment.country(), "last_hour", payment.lastHour()));
    event.put("merchant", Map.of("id", payment.merchant(), "category", payment.category()));
    Map<String, Object> device = new LinkedHashMap<>();
    device.put("id", payment.device());
    device.put("age_days", payment.deviceAgeDays());
    event.put("device", payment.device() == null ? null : device);
    return event;
  }
}
