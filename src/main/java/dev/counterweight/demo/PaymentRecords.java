package dev.counterweight.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.payments.Broken;
import dev.counterweight.payments.Chargeback;
import dev.counterweight.payments.Payment;
import dev.counterweight.runtime.Resource;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

/**
 * Payments and chargebacks as a shop's producers write them: Avro behind a frame that names the
 * schema. Owned by the publishing thread.
 */
final class PaymentRecords {
  static final String PAYMENT = schema("payment.avsc");
  static final String CHARGEBACK = schema("chargeback.avsc");

  /** Of no schema: ids count from 1 here. */
  private static final int UNKNOWN_ID = 999_999;

  private static final int FRAME = 5;
  private static final int WAYS = 3;

  private final Kind payments;
  private final Kind chargebacks;
  private byte[] newest = new byte[0];

  /** Records of one schema. */
  private record Kind(int id, Schema schema, GenericDatumWriter<GenericRecord> writer) {
    static Kind of(int id, String text) {
      Schema schema = new Schema.Parser().parse(text);
      return new Kind(id, schema, new GenericDatumWriter<>(schema));
    }

    byte[] framed(GenericRecord record) {
      byte[] plain = AvroRows.binary(writer, record);
      return ByteBuffer.allocate(FRAME + plain.length).put((byte) 0).putInt(id).put(plain).array();
    }
  }

  /**
   * @param paymentId the registry's id of {@link #PAYMENT}
   * @param chargebackId that of {@link #CHARGEBACK}
   */
  PaymentRecords(int paymentId, int chargebackId) {
    this.payments = Kind.of(paymentId, PAYMENT);
    this.chargebacks = Kind.of(chargebackId, CHARGEBACK);
  }

  /** The key of what has this number, on either topic. */
  static byte[] key(long number) {
    byte[] key = new byte[10];
    key[0] = 'p';
    long left = number;
    for (int at = key.length - 1; at > 0; at--) {
      key[at] = (byte) ('0' + left % 10);
      left /= 10;
    }
    return key;
  }

  /** The number of what has this key; -1 of none. */
  static long number(byte @Nullable [] key) {
    if (key == null || key.length != 10 || key[0] != 'p') {
      return -1;
    }
    long number = 0;
    for (int at = 1; at < key.length; at++) {
      int digit = key[at] - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      number = 10 * number + digit;
    }
    return number;
  }

  byte[] value(Payment payment) {
    GenericRecord record = new GenericData.Record(payments.schema());
    record.put("amount", payment.amount());
    record.put("at", payment.timeMs());
    record.put("card", card(payment));
    record.put("merchant", merchant(payment));
    record.put("device", device(payment));
    newest = payments.framed(record);
    return newest;
  }

  byte[] value(Chargeback chargeback) {
    GenericRecord record = new GenericData.Record(chargebacks.schema());
    Schema outcome = chargebacks.schema().getField("outcome").schema();
    record.put("outcome", new GenericData.EnumSymbol(outcome, chargeback.fraud() ? "fraud" : "ok"));
    record.put("at", chargeback.timeMs());
    return chargebacks.framed(record);
  }

  /** What cannot be read, in one of several ways, by its number. */
  byte[] value(Broken broken) {
    return switch ((int) (broken.number() % WAYS)) {
      // As a producer that was cut off writes it.
      case 0 -> Arrays.copyOf(newest, FRAME + Math.max(0, newest.length - FRAME) / 2);
      // As one that registered its schema elsewhere.
      case 1 -> ByteBuffer.allocate(FRAME + 1).put((byte) 0).putInt(UNKNOWN_ID).array();
      // As one that knows nothing of Avro.
      default -> "{\"amount\": 12.5, \"country\": \"DE\"}".getBytes(UTF_8);
    };
  }

  private GenericRecord card(Payment payment) {
    GenericRecord card = new GenericData.Record(payments.schema().getField("card").schema());
    card.put("country", payment.country());
    card.put("last_hour", payment.lastHour());
    return card;
  }

  private GenericRecord merchant(Payment payment) {
    GenericRecord merchant =
        new GenericData.Record(payments.schema().getField("merchant").schema());
    merchant.put("id", payment.merchant());
    merchant.put("category", payment.category());
    return merchant;
  }

  private @Nullable GenericRecord device(Payment payment) {
    if (payment.device() == null) {
      return null;
    }
    Schema either = payments.schema().getField("device").schema();
    GenericRecord device = new GenericData.Record(either.getTypes().get(1));
    device.put("id", payment.device());
    device.put("age_days", payment.deviceAgeDays());
    return device;
  }

  private static String schema(String name) {
    return new String(Resource.bytes("/dev/counterweight/demo/" + name), UTF_8);
  }
}
