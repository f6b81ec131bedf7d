package dev.counterweight.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.protocol.FailureException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServingOrderTest {
  @TempDir Path folder;

  private StoredCheckpoint write(int modelBytes) throws IOException {
    return new CheckpointFolder(folder, "fraud", "a")
        .write(
            CheckpointFolderTest.manifest("fraud", 1),
            new TreeMap<>(
                Map.of(
                    "model.safetensors",
                    new byte[modelBytes],
                    "optimizer.safetensors",
                    new byte[2 * modelBytes])));
  }

  @Test
  void bearsTheModelAloneSoThatItCanBeServedOnceItIsDeleted() throws IOException {
    StoredCheckpoint written = write(1000);
    ServingOrder order = ServingOrder.parse(ServingOrder.of(written).toJson());

    assertThat(order).isEqualTo(ServingOrder.of(written));
    StoredCheckpoint served =
        order.named().readServed(new CheckpointReader(folder.resolve("elsewhere")));
    assertThat(served.ref()).isEqualTo(written.ref());
    assertThat(served.manifest()).isEqualTo(written.manifest());
    assertThat(served.files()).containsOnlyKeys("model.safetensors");
  }

  @Test
  void aModelThatIsTooLargeForARecordIsNamedOnly() throws IOException {
    ServingOrder order = ServingOrder.of(write(700 << 10));

    assertThat(order.inline()).isEmpty();
    assertThat(ServingOrder.parse(order.toJson())).isEqualTo(order);
    assertThat(order.named().readServed(new CheckpointReader(folder)).files())
        .containsOnlyKeys("model.safetensors");
    assertThat(ServingOrder.of(write(600 << 10)).toJson()).hasSizeLessThan(1_000_000);
  }

  @Test
  void whatIsNoOrderIsSaidToBeNone() {
    for (String value : new String[] {"", "[]", "{}", "{\"checkpoint\":{\"name\":\"../x\"}}"}) {
      assertThatThrownBy(() -> ServingOrder.parse(value.getBytes(StandardCharsets.UTF_8)))
          .as(value)
          .isInstanceOf(FailureException.class);
    }
  }

  @Test
  void anOrderAndAnAnnouncementHaveKeysOfTheirOwn() {
    assertThat(Announcement.isKey(Announcement.key())).isTrue();
    assertThat(Announcement.isKey(ServingOrder.key())).isFalse();
    assertThat(Announcement.isKey(null)).isFalse();
    assertThat(ServingOrder.isKey(ServingOrder.key())).isTrue();
    assertThat(ServingOrder.isKey(Announcement.key())).isFalse();
  }
}
