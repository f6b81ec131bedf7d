package dev.counterweight.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Whether an event can be read is decided by its own bytes, whatever was read before. */
class JsonFieldNamesTest {
  private static final EventSchema SCHEMA =
      new EventSchema(List.of("a"), "label", List.of("no", "yes"), null, null);
  private static final String ALPHABET =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  private static final int INVERSE_OF_33 = 0x3e0f83e1;

  @Property(tries = 3)
  void eventsWhoseFieldNamesCollideAreReadInAnyOrder(@ForAll long seed) throws Exception {
    List<String> names = collidingNames(2_000);
    Collections.shuffle(names, new Random(seed));
    EventDecoder decoder = EventFormat.JSON.decoder(SCHEMA);
    float[] features = new float[1];

    for (String name : names) {
      byte[] event =
          "{\"%s\":1,\"label\":\"yes\",\"a\":2}".formatted(name).getBytes(StandardCharsets.UTF_8);
      assertThat(decoder.head(RawEvent.of(event, 5)).label()).isEqualTo(1);
      decoder.features(RawEvent.of(event, 0), features, 0);
      assertThat(features[0]).isEqualTo(2);
    }
  }

  @Property(tries = 3)
  void fieldNamesOfOtherEventsDecideNothingWhereTheyStandTogetherEither(@ForAll long seed)
      throws Exception {
    List<String> names = collidingNames(2_000);
    Collections.shuffle(names, new Random(seed));
    StringBuilder event = new StringBuilder("{\"label\":\"yes\",\"a\":2");
    names.forEach(name -> event.append(",\"").append(name).append("\":1"));
    byte[] bytes = event.append('}').toString().getBytes(StandardCharsets.UTF_8);

    assertThat(EventFormat.JSON.decoder(SCHEMA).head(RawEvent.of(bytes, 5)).label()).isEqualTo(1);
  }

  /**
   * Names of eight bytes that Jackson's symbol table puts into one place, whatever its seed: it
   * mixes the first four bytes, and adds the last four times 33.
   */
  private static List<String> collidingNames(int count) {
    List<String> names = new ArrayList<>();
    for (int i = 0; names.size() < count; i++) {
      byte[] first = new byte[4];
      for (int j = 0, rest = i; j < 4; j++, rest /= ALPHABET.length()) {
        first[j] = (byte) ALPHABET.charAt(rest % ALPHABET.length());
      }
      int mixed = ByteBuffer.wrap(first).getInt();
      mixed += mixed >>> 15;
      mixed ^= mixed >>> 9;
      ByteBuffer name = ByteBuffer.allocate(8).put(first).putInt((7 - mixed) * INVERSE_OF_33);
      String text = new String(name.array(), StandardCharsets.ISO_8859_1);
      if (text.chars().allMatch(c -> ALPHABET.indexOf(c) >= 0)) {
        names.add(text);
      }
    }
    return names;
  }
}
