package dev.counterweight.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class SafeTensorsTest {

  @Test
  void bytesFollowTheFormatToTheLetter() {
    byte[] file =
        file(Map.of(
                "b", new Tensor.F32(new float[] {1, 2}, 2), "a", new Tensor.U8(new byte[] {7}, 1)))
            .toBytes();

    ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int length = (int) in.getLong();
    String header = new String(file, 8, length, StandardCharsets.UTF_8);
    assertThat(length % 8).isZero();
    assertThat(header.strip())
        .isEqualTo(
            "{\"__metadata__\":{\"k\":\"v\"},"
                + "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                + "\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[8,9]}}");
    in.position(8 + length);
    assertThat(new float[] {in.getFloat(), in.getFloat()}).containsExactly(1, 2);
    assertThat(in.get()).isEqualTo((byte) 7);
    assertThat(in.hasRemaining()).isFalse();
  }

  @Property(tries = 50)
  void everyTypeComesBackAsItWas(
      @ForAll float[] f, @ForAll double[] d, @ForAll long[] l, @ForAll int[] i, @ForAll byte[] b) {
    SafeTensors back =
        SafeTensors.parse(
            file(Map.of(
                    "f", new Tensor.F32(f, f.length),
                    "d", new Tensor.F64(d, 1, d.length),
                    "l", new Tensor.I64(l, l.length, 1),
                    "i", new Tensor.I32(i, i.length),
                    "b", new Tensor.U8(b, b.length)))
                .toBytes());

    assertThat(back.floats("f")).isEqualTo(f);
    assertThat(back.doubles("d")).isEqualTo(d);
    assertThat(back.longs("l")).isEqualTo(l);
    assertThat(back.ints("i")).isEqualTo(i);
    assertThat(back.bytes("b")).isEqualTo(b);
    assertThat(back.tensor("l").shape()).containsExactly((long) l.length, 1L);
    assertThat(back.metadata()).containsExactly(Map.entry("k", "v"));
  }

  @Test
  void aCutFileIsRefusedAtEveryLength() {
    byte[] file = file(Map.of("f", new Tensor.F32(new float[] {1, 2, 3}, 3))).toBytes();

    for (int length = 0; length < file.length; length++) {
      byte[] cut = Arrays.copyOf(file, length);
      assertThatThrownBy(() -> SafeTensors.parse(cut))
          .isInstanceOf(MalformedTensorsException.class);
    }
  }

  @Test
  void aHeaderThatLiesAboutTheDataIsRefused() {
    assertRefused(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", "needs 8 bytes");
    assertRefused(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", "must begin at 0");
    assertRefused(
        "{\"a\":{\"dtype\":\"F8\",\"shape\":[1],\"data_offsets\":[0,4]}}", "element type 'F8'");
    assertRefused(
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}", "the file has 4");
    assertRefused(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,4]}}",
        "sizes must be");
    assertRefused("[1,2,3]", "not a JSON object");
    assertRefused("{\"a\":", "not JSON");
    assertRefused("{\"a\":{},\"a\":{}}", "not JSON: Duplicate field 'a'");
  }

  @Test
  void whatPeopleTakeForASafetensorsFileIsNamedAsWhatItIs() {
    byte[] zip = new byte[100];
    System.arraycopy(new byte[] {'P', 'K', 3, 4}, 0, zip, 0, 4);
    assertThatThrownBy(() -> SafeTensors.parse(zip))
        .isInstanceOf(MalformedTensorsException.class)
        .hasMessageContaining("one of torch.save or torch.jit.save (.pt, .pth)")
        .hasMessageContaining("safetensors.torch.save_file(model.state_dict()");
    byte[] pickle = new byte[100];
    System.arraycopy(new byte[] {(byte) 0x80, 2}, 0, pickle, 0, 2);
    assertThatThrownBy(() -> SafeTensors.parse(pickle)).hasMessageContaining("torch.save");

    byte[] pointer =
        "version https://git-lfs.github.com/spec/v1\noid sha256:4d\n"
            .getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> SafeTensors.parse(pointer)).hasMessageContaining("git lfs pull");

    byte[] swapped = file(Map.of("f", new Tensor.F32(new float[] {1}, 1))).toBytes();
    long length = ByteBuffer.wrap(swapped).order(ByteOrder.LITTLE_ENDIAN).getLong();
    ByteBuffer.wrap(swapped).order(ByteOrder.BIG_ENDIAN).putLong(length);
    assertThatThrownBy(() -> SafeTensors.parse(swapped))
        .isInstanceOf(MalformedTensorsException.class)
        .hasMessageContaining("big-endian: safetensors files are little-endian");

    for (String half : new String[] {"F16", "BF16"}) {
      assertRefused(
          "{\"a.weight\":{\"dtype\":\"%s\",\"shape\":[2],\"data_offsets\":[0,4]}}".formatted(half),
          "tensor 'a.weight' has element type '%s': must be F64, F32, I64, I32, U8; model.float()"
              .formatted(half));
    }
  }

  @Test
  void aTensorOfAnotherTypeOrNameIsNamedInTheError() {
    SafeTensors file = file(Map.of("f", new Tensor.F32(new float[] {1}, 1)));

    assertThatThrownBy(() -> file.longs("f")).hasMessage("tensor 'f' is F32: must be I64");
    assertThatThrownBy(() -> file.floats("g")).hasMessage("tensor 'g' is missing; there are [f]");
  }

  @Test
  void aShapeThatDoesNotFitItsValuesIsRefusedOnWriting() {
    SafeTensors file = file(Map.of("f", new Tensor.F32(new float[] {1, 2}, 3)));

    assertThatThrownBy(file::toBytes).hasMessageContaining("shape [3] and 2 values");
  }

  private static void assertRefused(String header, String message) {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    byte[] file =
        ByteBuffer.allocate(8 + json.length + 4)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(json.length)
            .put(json)
            .array();
    assertThatThrownBy(() -> SafeTensors.parse(file))
        .isInstanceOf(MalformedTensorsException.class)
        .hasMessageContaining(message);
  }

  private static SafeTensors file(Map<String, Tensor> tensors) {
    return new SafeTensors(new TreeMap<>(tensors), new TreeMap<>(Map.of("k", "v")));
  }
}
