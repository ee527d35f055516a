# Compile the programs that the scenarios use: make -f programs.mk OUT=DIR
# SPDX-License-Identifier: LGPL-2.1-or-later

CFLAGS ?= -O2 -g
WARN = -std=c11 -D_GNU_SOURCE -Wall -Wextra
PROGRAMS = compare timing usb_dac

all: $(PROGRAMS:%=$(OUT)/%)

$(OUT)/%: %.c
	@mkdir -p $(OUT)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(WARN) -o $@ $< -lasound -lm
