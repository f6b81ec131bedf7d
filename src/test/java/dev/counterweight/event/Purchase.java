package dev.counterweight.event;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * An event as people have them, made from its number: nested, with words, nulls and a time. {@link
 * PurchaseFormat} writes it in every format.
 *
 * @param amount null where it is not known
 * @param age null where it is not known
 * @param merchant a number that is a name
 * @param channel null where it is not known
 * @param atMs milliseconds since 1970
 * @param importance of the event
 * @param label fraud or ok
 */
public record Purchase(
    @Nullable Double amount,
    @Nullable Integer age,
    double score,
    String country,
    int merchant,
    @Nullable String channel,
    boolean present,
    List<String> tags,
    long atMs,
    double importance,
    String label) {
  static final List<String> CHANNELS = List.of("WEB", "SHOP", "POST");

  private static final List<String> COUNTRIES =
      List.of(
          "DE", "FR", "España", "PT", "Österreich", "US", "日本", "IN", "BR", "ZA", "\uD83C\uDDE8");
  private static final List<String> TAGS = List.of("gift", "first", "late", "bulk");

  /** The purchase of a number. */
  public static Purchase of(int number) {
    SplittableRandom random = new SplittableRandom(number);
    boolean fraud = random.nextInt(20) == 0;
    int country = fraud ? random.nextInt(COUNTRIES.size()) : random.nextInt(4);
    return new Purchase(
        number % 11 == 3 ? null : random.nextInt(fraud ? 90_000 : 30_000) / 100.0,
        number % 13 == 5 ? null : 18 + random.nextInt(60),
        (random.nextInt(2_000) - (fraud ? 600 : 1_000)) / 1_000.0,
        COUNTRIES.get(country),
        1 + random.nextInt(fraud ? 300 : 200),
        number % 17 == 0 ? null : CHANNELS.get(random.nextInt(CHANNELS.size())),
        random.nextInt(fraud ? 5 : 2) == 0,
        IntStream.range(0, random.nextInt(4))
            .mapToObj(i -> TAGS.get(random.nextInt(TAGS.size())))
            .toList(),
        946_684_800_000L + 61_000L * number,
        (1 + number % 4) / 2.0,
        fraud ? "fraud" : "ok");
  }
}
