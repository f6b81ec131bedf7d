/** The command line: one class a command, where the parts are wired together. */
@NullMarked
package dev.counterweight.cli;

import org.jspecify.annotations.NullMarked;
