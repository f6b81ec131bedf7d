package dev.counterweight.runtime;

/** A thread by name that keeps no process from ending. */
public final class DaemonThread extends Thread {
  public DaemonThread(Runnable task, String name) {
    super(task, name);
    setDaemon(true);
  }
}
