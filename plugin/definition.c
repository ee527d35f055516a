/* alsa-crossfeed - reads the settings from a definition in ALSA's configuration */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "definition.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- messages ----------------------------------------------------------------------------- */

__attribute__((format(printf, 2, 3)))
static void append(char message[DEFINITION_MESSAGE_SIZE], const char *format, ...)
{
	size_t used = strlen(message);
	va_list args;

	va_start(args, format);
	vsnprintf(message + used, DEFINITION_MESSAGE_SIZE - used, format, args);
	va_end(args);
}

/* The value as it was written; compound values have none. */
static void append_value(char message[DEFINITION_MESSAGE_SIZE], const snd_config_t *node)
{
	char *text;

	if (snd_config_get_type(node) == SND_CONFIG_TYPE_COMPOUND) {
		append(message, "{ ... }");
		return;
	}
	if (snd_config_get_ascii(node, &text) < 0 || !text)
		return;
	append(message, "\"%.100s\"", text);
	free(text);
}

/* A, B or a number from MIN to MAX (UNIT) */
static void append_allowed(char message[DEFINITION_MESSAGE_SIZE], enum setting setting)
{
	const struct setting_info *info = setting_info(setting);
	unsigned int words = setting_words(setting);
	unsigned int last = info->kind == SETTING_IS_NUMBER ? words : words - 1;

	for (unsigned int n = 0; n <= last; n++) {
		append(message, "%s", n == 0 ? "" : n == last ? " or " : ", ");
		if (n < words)
			append(message, "%s", setting_word(setting, n, NULL));
		else
			append(message, "a number from %.0f to %.0f (%s)", info->min, info->max,
			       info->unit);
	}
}

static int refuse_value(enum setting setting, const snd_config_t *node,
			char message[DEFINITION_MESSAGE_SIZE])
{
	append(message, "%s ", setting_info(setting)->key);
	append_value(message, node);
	append(message, ": expected ");
	append_allowed(message, setting);
	return -EINVAL;
}

static int refuse_key(const char *name, char message[DEFINITION_MESSAGE_SIZE])
{
	append(message, "unknown key \"%.100s\": expected slave", name);
	for (int s = 0; s < SETTINGS; s++)
		append(message, ", %s", setting_info((enum setting)s)->key);
	append(message, ", control");
	return -EINVAL;
}

static int refuse_control(const char *what, const snd_config_t *node,
			  char message[DEFINITION_MESSAGE_SIZE])
{
	append(message, "control %s%s", what, *what ? " " : "");
	append_value(message, node);
	append(message, ": expected auto, none or { card NUMBER_OR_ID  name \"1 to 20 letters, "
	       "digits, blanks, - or _\"  file \"/PATH\" }");
	return -EINVAL;
}

/* --- values ------------------------------------------------------------------------------- */

/* What is written for a node, to be freed; NULL if it is compound. */
static char *text_of(const snd_config_t *node)
{
	char *text;

	if (snd_config_get_type(node) == SND_CONFIG_TYPE_COMPOUND ||
	    snd_config_get_ascii(node, &text) < 0)
		return NULL;
	return text;
}

/* A switch takes all of alsa-lib's words; snd_config_get_bool() has a message of its own. */
static bool read_text(enum setting setting, const char *text, double *value)
{
	if (setting_read(setting, text, value))
		return true;
	if (setting_info(setting)->kind != SETTING_IS_SWITCH)
		return false;
	*value = snd_config_get_bool_ascii(text);
	return *value >= 0;
}

/* A number as such: its text has lost the last digits, or has a comma in it. */
static bool read_number(enum setting setting, const snd_config_t *node, double *value)
{
	const struct setting_info *info = setting_info(setting);

	return info->kind == SETTING_IS_NUMBER && snd_config_get_ireal(node, value) == 0 &&
	       *value >= info->min && *value <= info->max;
}

static int read_value(struct settings *settings, enum setting setting, const snd_config_t *node,
		      char message[DEFINITION_MESSAGE_SIZE])
{
	double *value = &settings->value[setting];
	char *text = text_of(node);
	bool read = text && (read_number(setting, node, value) || read_text(setting, text, value));

	free(text);
	return read ? 0 : refuse_value(setting, node, message);
}

/* Copies a string, or a card's number, that fits. */
static bool copy_text(char *to, size_t size, const snd_config_t *node)
{
	char *text = text_of(node);
	bool fits = text && *text && strlen(text) < size;

	if (fits)
		strcpy(to, text);
	free(text);
	return fits;
}

/* What may begin an element's name and name a file. */
static bool is_plain_name(const char *name)
{
	return name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			   "0123456789 _-")] == '\0';
}

static int read_control_field(struct definition *definition, const snd_config_t *node,
			      char message[DEFINITION_MESSAGE_SIZE])
{
	const char *name;

	if (snd_config_get_id(node, &name) < 0)
		return refuse_control("", node, message);
	if (strcmp(name, "card") == 0 &&
	    copy_text(definition->card, DEFINITION_NAME_SIZE, node))
		return 0;
	if (strcmp(name, "name") == 0 &&
	    copy_text(definition->name, DEFINITION_NAME_SIZE, node) &&
	    is_plain_name(definition->name))
		return 0;
	if (strcmp(name, "file") == 0 &&
	    copy_text(definition->file, DEFINITION_FILE_SIZE, node) &&
	    definition->file[0] == '/')
		return 0;
	return refuse_control(name, node, message);
}

/* The one key that is a compound, and so has a reader of its own. */
static int read_control(struct definition *definition, const snd_config_t *node,
			char message[DEFINITION_MESSAGE_SIZE])
{
	snd_config_iterator_t i, next;
	const char *word;

	if (snd_config_get_string(node, &word) == 0 && word) {
		definition->control = strcmp(word, "auto") == 0;
		if (definition->control || strcmp(word, "none") == 0)
			return 0;
	}
	if (snd_config_get_type(node) != SND_CONFIG_TYPE_COMPOUND)
		return refuse_control("", node, message);
	definition->control = true;
	snd_config_for_each(i, next, node) {
		int err = read_control_field(definition, snd_config_iterator_entry(i), message);

		if (err < 0)
			return err;
	}
	return 0;
}

/* --- definitions -------------------------------------------------------------------------- */

static struct definition initial(void)
{
	return (struct definition){
		.settings = settings_initial(), .control = true, .name = "Crossfeed",
	};
}

/* What alsa-lib itself reads of a definition. */
static bool is_alsa_key(const char *name)
{
	return strcmp(name, "type") == 0 || strcmp(name, "comment") == 0 ||
	       strcmp(name, "hint") == 0;
}

static int read_pcm_key(struct definition *definition, snd_config_t *node,
			char message[DEFINITION_MESSAGE_SIZE])
{
	enum setting setting;
	const char *name;

	if (snd_config_get_id(node, &name) < 0 || is_alsa_key(name))
		return 0;
	if (strcmp(name, "slave") == 0) {
		definition->slave = node;
		return 0;
	}
	if (strcmp(name, "control") == 0)
		return read_control(definition, node, message);
	setting = setting_find(name);
	if (setting == SETTINGS)
		return refuse_key(name, message);
	return read_value(&definition->settings, setting, node, message);
}

int definition_read_pcm(struct definition *definition, const snd_config_t *conf,
			char message[DEFINITION_MESSAGE_SIZE])
{
	snd_config_iterator_t i, next;

	*definition = initial();
	message[0] = '\0';
	snd_config_for_each(i, next, conf) {
		int err = read_pcm_key(definition, snd_config_iterator_entry(i), message);

		if (err < 0)
			return err;
	}
	if (definition->slave)
		return 0;
	append(message, "slave is missing: expected where the sound goes, "
	       "for instance slave.pcm \"hw:0\"");
	return -EINVAL;
}

static int read_ctl_key(struct definition *definition, const snd_config_t *node,
			char message[DEFINITION_MESSAGE_SIZE])
{
	const char *name;

	if (snd_config_get_id(node, &name) < 0 || is_alsa_key(name))
		return 0;
	if (strcmp(name, "name") == 0 || strcmp(name, "file") == 0)
		return read_control_field(definition, node, message);
	append(message, "unknown key \"%.100s\": expected name, file", name);
	return -EINVAL;
}

int definition_read_ctl(struct definition *definition, const snd_config_t *conf,
			char message[DEFINITION_MESSAGE_SIZE])
{
	snd_config_iterator_t i, next;

	*definition = initial();
	message[0] = '\0';
	snd_config_for_each(i, next, conf) {
		int err = read_ctl_key(definition, snd_config_iterator_entry(i), message);

		if (err < 0)
			return err;
	}
	return 0;
}
