package dev.counterweight.event;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads what stands at one place of an Avro schema: into the fields that are looked for there and
 * below, and past everything else. Not thread-safe.
 */
abstract class AvroNode {
  /** Of nodes whose values differ in length. */
  static final int VARIABLE = -1;

  abstract void read(AvroInput in) throws EventRejectedException;

  /** Bytes that every value takes, or {@link #VARIABLE}, which is at least one. */
  int size() {
    return VARIABLE;
  }

  /** Passes over values of one length. */
  static final class Skip extends AvroNode {
    private final int size;

    Skip(int size) {
      this.size = size;
    }

    @Override
    void read(AvroInput in) throws EventRejectedException {
      in.skip(size);
    }

    @Override
    int size() {
      return size;
    }
  }

  /** Passes over values of several lengths, which must be sound all the same. */
  static final class Check extends AvroNode {
    private final Pass pass;

    Check(Pass pass) {
      this.pass = pass;
    }

    @Override
    void read(AvroInput in) throws EventRejectedException {
      pass.over(in);
    }
  }

  /** How a value is passed over. */
  interface Pass {
    void over(AvroInput in) throws EventRejectedException;
  }

  /** A null: there is nothing here, nor below. */
  static final class Null extends AvroNode {
    private final AvroFields fields;

    Null(AvroFields fields) {
      this.fields = fields;
    }

    @Override
    void read(AvroInput in) {
      fields.clear();
    }

    @Override
    int size() {
      return 0;
    }
  }

  /** How a scalar is read. */
  interface Scalar {
    void read(AvroInput in, FieldValue to) throws EventRejectedException;
  }

  /** A value that is looked for. */
  static final class Leaf extends AvroNode {
    private final FieldValue value;
    private final Scalar scalar;

    Leaf(FieldValue value, Scalar scalar) {
      this.value = value;
      this.scalar = scalar;
    }

    @Override
    void read(AvroInput in) throws EventRejectedException {
      scalar.read(in, value);
    }
  }

  /** A union: what its index says. */
  static final class Union extends AvroNode {
    private final AvroNode[] branches;

    Union(List<AvroNode> branches) {
      this.branches = branches.toArray(AvroNode[]::new);
    }

    @Override
    void read(AvroInput in) throws EventRejectedException {
      branches[in.index(branches.length, "branch")].read(in);
    }
  }

  /** A record; made before its fields are, which may lead back to it. */
  static final class Record extends AvroNode {
    private final @Nullable FieldValue itself;
    private AvroNode[] fields = {};
    private int size = VARIABLE;

    /**
     * @param itself receives that a record is there
     */
    Record(@Nullable FieldValue itself) {
      this.itself = itself;
    }

    void fields(List<AvroNode> all) {
      List<AvroNode> merged = new ArrayList<>();
      int pending = 0;
      for (AvroNode field : all) {
        if (field instanceof Skip) {
          pending += field.size();
          continue;
        }
        if (pending > 0) {
          merged.add(new Skip(pending));
          pending = 0;
        }
        merged.add(field);
      }
      if (pending > 0) {
        merged.add(new Skip(pending));
      }
      fields = merged.toArray(AvroNode[]::new);
      size = merged.isEmpty() ? 0 : VARIABLE;
      if (merged.size() == 1 && merged.get(0) instanceof Skip only) {
        size = only.size();
      } else if (merged.stream().allMatch(field -> field.size() == 0)) {
        size = 0;
      }
    }

    @Override
    void read(AvroInput in) throws EventRejectedException {
      in.enter();
      if (itself != null) {
        itself.other("a record");
      }
      for (AvroNode field : fields) {
        field.read(in);
      }
      in.leave();
    }

    @Override
    int size() {
      return size;
    }
  }

  /** An array: some of its elements by their index, and its first items as they come. */
  static final class Array extends AvroNode {
    private final AvroFields wanted;
    private final AvroNode each;
    private final Map<Integer, AvroNode> elements;

    /**
     * @param each passes over an item, or reads it into {@code wanted}'s item
     */
    Array(AvroFields wanted, AvroNode each, Map<Integer, AvroNode> elements) {
      this.wanted = wanted;
      this.each = each;
      this.elements = Map.copyOf(elements);
    }

    @Override
    void read(AvroInput in) throws EventRejectedException {
      in.enter();
      wanted.array();
      long index = 0;
      for (long count = in.block(); count != 0; count = in.block()) {
        if (each.size() == 0) {
          continue; // there is nothing to be read of any
        }
        in.requireItems(count);
        for (long i = 0; i < count; i++) {
          read(in, index++);
        }
      }
      in.leave();
    }

    private void read(AvroInput in, long index) throws EventRejectedException {
      AvroNode element = elements.isEmpty() ? null : elements.get((int) index);
      if (element != null) {
        int start = in.at();
        element.read(in);
        if (!wanted.takesItems()) {
          return;
        }
        in.goTo(start);
      }
      each.read(in);
      wanted.item();
    }
  }

  /** A map: the values of some of its keys, the last of those that are there twice. */
  static final class Entries extends AvroNode {
    private final @Nullable FieldValue itself;
    private final AvroNode other;
    private final byte[][] keys;
    private final AvroNode[] values;

    Entries(@Nullable FieldValue itself, AvroNode other, Map<String, AvroNode> wanted) {
      this.itself = itself;
      this.other = other;
      this.keys = wanted.keySet().stream().map(key -> key.getBytes(UTF_8)).toArray(byte[][]::new);
      this.values = wanted.values().toArray(AvroNode[]::new);
    }

    @Override
    void read(AvroInput in) throws EventRejectedException {
      in.enter();
      if (itself != null) {
        itself.other("a map");
      }
      for (long count = in.block(); count != 0; count = in.block()) {
        in.requireItems(count);
        for (long i = 0; i < count; i++) {
          int length = in.length();
          AvroNode value = of(in, length);
          in.skip(length);
          value.read(in);
        }
      }
      in.leave();
    }

    private AvroNode of(AvroInput in, int length) {
      for (int i = 0; i < keys.length; i++) {
        if (in.next(keys[i], length)) {
          return values[i];
        }
      }
      return other;
    }
  }
}
