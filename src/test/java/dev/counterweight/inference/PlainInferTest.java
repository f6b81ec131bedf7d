package dev.counterweight.inference;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read without a parser is what the parser reads. Requests in quotes of one stroke. */
class PlainInferTest {
  private static final int SPOILT = Integer.getInteger("counterweight.fuzz", 50_000);
  private static final List<String> REQUESTS =
      List.of(
          "{'inputs':[{'name':'input','shape':[1,3],'datatype':'FP32','data':[1,-2.5e-3,0.25]}]}",
          "{'id':'a 7','inputs':[{'shape':[2,2],'data':[[1,2],[3,null]],'name':'x',"
              + "'datatype':'FP64'}]}",
          "{ 'inputs' : [ {'name':'a','datatype':'BYTES','shape':[2],'data':['de','']},\n"
              + "{'name':'b','datatype':'BOOL','shape':[2],'data':[true,false]} ], 'id':'' }",
          "{'inputs':[{'name':'d','datatype':'INT64','shape':[1,2,2],"
              + "'data':[[[1,2],[-3,123456789012345678]]]}]}");

  private final TensorReader tensors = new TensorReader();
  private final PlainInfer plain = new PlainInfer(tensors);
  private final InferReader parser = new InferReader();

  private static byte[] bytes(String request) {
    return request.replace('\'', '"').getBytes(UTF_8);
  }

  /** All there is of a request, in words; null of none. */
  private static @Nullable String told(@Nullable InferRequest request) {
    if (request == null) {
      return null;
    }
    TensorValues values = request.values();
    List<String> told = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      told.add(
          values.kind(i)
              + (values.kind(i) == TensorValues.Kind.TEXT
                  ? " " + values.text(i)
                  : " " + Double.doubleToRawLongBits(values.number(i))));
    }
    return "%s %s %s %s %s"
        .formatted(request.id(), request.parameters(), request.inputs(), told, request.outputs());
  }

  @Test
  void usualRequestsAreReadAsTheParserReadsThem() throws Exception {
    for (String request : REQUESTS) {
      assertThat(told(plain.read(bytes(request))))
          .isNotNull()
          .isEqualTo(told(parser.parse(bytes(request))));
    }
  }

  @Test
  void whatIsReadOfSpoiltRequestsIsWhatTheParserReads() throws Exception {
    Random random = new Random(20);
    int read = 0;
    for (int i = 0; i < SPOILT; i++) {
      byte[] spoilt = spoil(random, bytes(REQUESTS.get(i % REQUESTS.size())));
      String told = told(plain.read(spoilt));
      if (told != null) {
        read++;
        assertThat(told).as(new String(spoilt, UTF_8)).isEqualTo(told(parser.parse(spoilt)));
      }
    }
    assertThat(read).isBetween(SPOILT / 50, SPOILT * 9 / 10);
  }

  /** Leaves out, doubles, exchanges or moves a few bytes. */
  private static byte[] spoil(Random random, byte[] request) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int at = random.nextInt(request.length);
    int length = random.nextInt(Math.min(4, request.length - at));
    int to = random.nextInt(4) == 0 ? random.nextInt(request.length) : at;
    out.write(request, 0, at);
    switch (random.nextInt(3)) {
      case 0 -> out.write(request, to, Math.min(length, request.length - to));
      case 1 -> out.write("0123456789-+.eE'[]{},:\" ntf".charAt(random.nextInt(27)));
      default -> {}
    }
    out.write(request, at + length, request.length - at - length);
    return out.toByteArray();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'inputs':[]}",
        "{'inputs':[{'name':'x','shape':[1],'datatype':'FP32','data':[]}]}",
        "{'inputs':[{'name':'x','shape':[2],'datatype':'FP32','data':[1]}]}",
        "{'inputs':[{'name':'x','shape':[1],'datatype':'FP33','data':[1]}]}",
        "{'inputs':[{'name':'x','shape':[1],'datatype':'BOOL','data':[1]}]}",
        "{'inputs':[{'name':'x','shape':[1],'data':[1]}]}",
        "{'inputs':[{'name':'x','shape':[1],'datatype':'FP32','data':[NaN]}]}",
        "{'inputs':[{'name':'\\u0041','shape':[1],'datatype':'FP32','data':[1]}]}",
        "{'inputs':[{'name':'x','shape':[1],'datatype':'FP32','data':[1],'parameters':{}}]}",
        "{'inputs':[{'name':'x','shape':[1],'datatype':'FP32','data':[1]}],'outputs':[]}",
        "{'inputs':[{'name':'x','shape':[1],'datatype':'FP32','data':[1]}]} 1",
        "{'inputs':[{'name':'x','shape':[2],'datatype':'FP32','data':[1,[2]]}]}",
        "{'inputs':[{'name':'x','shape':[2],'datatype':'FP32','data':[[1],2]}]}",
        "{'inputs':[{'name':'x','shape':[1],'datatype':'FP32','data':[[[[[[[[[1]]]]]]]]]}]}",
        "[]",
        "",
      })
  void anythingElseIsLeftToTheParser(String request) {
    assertThat(plain.read(bytes(request))).isNull();
  }
}
