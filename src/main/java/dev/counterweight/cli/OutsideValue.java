package dev.counterweight.cli;

import dev.counterweight.event.Value;
import dev.counterweight.kafka.Records;
import dev.counterweight.letters.LetterHeaders;
import dev.counterweight.profile.TopicFormat;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/** What of a record stands beside its value, as paths name it: its key and headers, as texts. */
final class OutsideValue {
  private static final int MOST_HEADERS = 50;

  private OutsideValue() {}

  /** Has a record's event read, with what stands beside its value; one that cannot be is none. */
  static void read(
      TopicFormat format,
      ConsumerRecord<byte[], byte[]> record,
      BiConsumer<Value, Map<String, String>> sink) {
    format.read(Records.event(record)).ifPresent(event -> sink.accept(event, of(record)));
  }

  /** {path: text}; what is no UTF-8 text is passed over, and what a replay of letters added. */
  static Map<String, String> of(ConsumerRecord<byte[], byte[]> record) {
    Map<String, String> texts = new LinkedHashMap<>();
    if (record.key() != null) {
      put(texts, "key:", record.key());
    }
    for (Header header : record.headers()) {
      if (header.value() != null
          && !header.key().isBlank()
          && !header.key().equals(LetterHeaders.REPLAYS)
          && texts.size() < MOST_HEADERS) {
        put(texts, "header:" + header.key(), header.value());
      }
    }
    return texts;
  }

  private static void put(Map<String, String> texts, String path, byte[] bytes) {
    try {
      texts.put(
          path, StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException e) {
      texts.remove(path);
    }
  }
}
