package dev.counterweight.runtime;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Map;

/**
 * What a GET is answered with. The body belongs to the record and is not copied.
 *
 * @param status HTTP status code
 * @param type value of Content-Type
 * @param headers more headers, by name
 */
@SuppressWarnings("ArrayRecordComponent")
public record Answer(int status, String type, byte[] body, Map<String, String> headers) {

  public Answer {
    headers = Map.copyOf(headers);
  }

  /** Plain text. */
  public static Answer text(int status, String text) {
    return new Answer(status, "text/plain; charset=utf-8", text.getBytes(UTF_8), Map.of());
  }

  /** JSON, made anew for every request. */
  public static Answer json(int status, String json) {
    return new Answer(
        status,
        "application/json",
        (json + "\n").getBytes(UTF_8),
        Map.of("Cache-Control", "no-store"));
  }
}
