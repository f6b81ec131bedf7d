package dev.counterweight.config;

import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.jspecify.annotations.Nullable;

/** How a key is declared: type, default, rule, meaning and unit. */
final class Declaration {
  private Declaration() {}

  static void required(
      ConfigDef def, String name, Type type, ConfigDef.Validator rule, String doc) {
    def.define(name, type, ConfigDef.NO_DEFAULT_VALUE, rule, Importance.HIGH, doc);
  }

  static void key(
      ConfigDef def,
      String name,
      Type type,
      @Nullable Object defaultValue,
      ConfigDef.Validator rule,
      String doc) {
    def.define(name, type, defaultValue, rule, Importance.MEDIUM, doc);
  }
}
