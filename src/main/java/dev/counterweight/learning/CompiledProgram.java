package dev.counterweight.learning;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What libtorch made of a program's text. To compile takes many times as long as to run: one that
 * is done with is kept for the next of the same text, so that a trainer that takes the lead runs
 * what it compiled when it began to stand by.
 *
 * @param module owned by {@code manager}, as nothing else is
 */
record CompiledProgram(
    Device device,
    List<String> lists,
    String functions,
    PtNDManager manager,
    PtSymbolBlock module) {
  static final int MOST_IDLE = 8;
  private static final Deque<CompiledProgram> IDLE = new ArrayDeque<>(); // its own lock

  /** One that nobody else runs, its lists empty. */
  static CompiledProgram of(Device device, List<String> lists, String functions) {
    CompiledProgram idle = idle(device, lists, functions);
    return idle == null ? compiled(device, List.copyOf(lists), functions) : idle;
  }

  private static @Nullable CompiledProgram idle(
      Device device, List<String> lists, String functions) {
    synchronized (IDLE) {
      Iterator<CompiledProgram> all = IDLE.iterator();
      while (all.hasNext()) {
        CompiledProgram one = all.next();
        if (one.device.equals(device)
            && one.functions.equals(functions)
            && one.lists.equals(lists)) {
          all.remove();
          return one;
        }
      }
      return null;
    }
  }

  private static CompiledProgram compiled(Device device, List<String> lists, String functions) {
    PtNDManager manager = (PtNDManager) NDManager.newBaseManager(device, "PyTorch");
    try {
      PtSymbolBlock module =
          JniUtils.loadModule(
              manager, new ByteArrayInputStream(ProgramArchive.of(lists, functions)), false, false);
      return new CompiledProgram(device, lists, functions, manager, module);
    } catch (IOException e) {
      manager.close();
      throw new UncheckedIOException("an archive in memory could not be read", e);
    } catch (RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  /** Keeps it, emptied, for the next of its text; the one that was kept longest may have to go. */
  void keep() {
    CompiledProgram gone = null;
    synchronized (IDLE) {
      IDLE.addFirst(this);
      if (IDLE.size() > MOST_IDLE) {
        gone = IDLE.removeLast();
      }
    }
    if (gone != null) {
      gone.drop();
    }
  }

  /** How many are kept. */
  static int idle() {
    synchronized (IDLE) {
      return IDLE.size();
    }
  }

  /** Frees its memory. */
  void drop() {
    manager.close();
  }
}
