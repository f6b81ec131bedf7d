package dev.counterweight.inference;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.event.Shown;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes answers to requests for inference. Thread-safe. */
final class InferWriter {
  private static final int ROOM = 256;
  private static final int A_NUMBER = 16;
  private static final List<String> ALL = List.of(Metadata.PROBABILITIES, Metadata.DECISION);

  private final Limits limits;
  private final byte[] job;

  InferWriter(String job, Limits limits) {
    this.limits = limits;
    this.job = JsonBytes.quoted(job);
  }

  /**
   * Requires of a request that there is what it asks for.
   *
   * @throws Refusal if it names another output
   */
  void requireOutputs(InferRequest request) throws Refusal {
    @Nullable List<String> asked = request.outputs();
    if (asked == null) {
      return;
    }
    for (String output : asked) {
      if (!ALL.contains(output)) {
        throw Refusal.bad(
            "output '%s': there are %s".formatted(Shown.text(output), String.join(" and ", ALL)));
      }
    }
  }

  /**
   * The answer.
   *
   * @param place of the model
   * @param probabilities rows x K
   * @param decisions class index of each row
   * @throws Refusal if it would be longer than it may be
   */
  byte[] write(InferRequest request, Workplace place, float[] probabilities, int[] decisions)
      throws Refusal {
    List<String> outputs = request.outputs() == null ? ALL : request.outputs();
    long room = ROOM;
    if (outputs.contains(Metadata.PROBABILITIES)) {
      room += (long) A_NUMBER * probabilities.length;
    }
    if (outputs.contains(Metadata.DECISION)) {
      room += bytes(place.classes(), decisions);
    }
    limits.requireAnswerBytes(room);
    JsonBytes out = new JsonBytes((int) room);
    begin(out, request, place);
    String before = ",\"outputs\":[";
    for (String output : outputs) {
      out.raw(before);
      if (output.equals(Metadata.DECISION)) {
        decisions(out, place.classes(), decisions);
      } else {
        probabilities(out, place.classes().length, probabilities, decisions.length);
      }
      before = ",";
    }
    return out.raw("]}").toBytes();
  }

  private void begin(JsonBytes out, InferRequest request, Workplace place) {
    out.raw("{\"model_name\":").raw(job).raw(",\"model_version\":\"");
    out.whole(place.model().id().step()).raw("\"");
    if (request.id() != null) {
      out.raw(",\"id\":").text(request.id());
    }
    if (!request.parameters().isEmpty()) {
      out.raw(",\"parameters\":");
      String before = "{";
      for (var parameter : request.parameters().entrySet()) {
        out.raw(before).text(parameter.getKey()).raw(":").raw(utf8(parameter.getValue()));
        before = ",";
      }
      out.raw("}");
    }
  }

  private static long bytes(byte[][] classes, int[] decisions) {
    long bytes = 0;
    for (int decision : decisions) {
      bytes += classes[decision].length + 1;
    }
    return bytes;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(UTF_8);
  }

  private static void probabilities(JsonBytes out, int classes, float[] probabilities, int rows) {
    out.raw("{\"name\":\"probabilities\",\"datatype\":\"FP32\",\"shape\":[").whole(rows);
    out.raw(",").whole(classes).raw("],\"data\":[");
    for (int i = 0; i < probabilities.length; i++) {
      if (i > 0) {
        out.raw(",");
      }
      out.number(probabilities[i]);
    }
    out.raw("]}");
  }

  private static void decisions(JsonBytes out, byte[][] classes, int[] decisions) {
    out.raw("{\"name\":\"decision\",\"datatype\":\"BYTES\",\"shape\":[").whole(decisions.length);
    out.raw("],\"data\":[");
    for (int i = 0; i < decisions.length; i++) {
      if (i > 0) {
        out.raw(",");
      }
      out.raw(classes[decisions[i]]);
    }
    out.raw("]}");
  }
}
