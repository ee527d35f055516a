/* alsa-crossfeed - ALSA's channel maps as fold-downs */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "channels.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FL SND_CHMAP_FL
#define FR SND_CHMAP_FR
#define FC SND_CHMAP_FC
#define LFE SND_CHMAP_LFE
#define RL SND_CHMAP_RL
#define RR SND_CHMAP_RR
#define SL SND_CHMAP_SL
#define SR SND_CHMAP_SR
#define RC SND_CHMAP_RC

struct layout {
	unsigned int count;
	unsigned char position[DOWNMIX_CHANNELS_MAX];
};

/* The first of each number of channels is its default. */
static const struct layout layouts[] = {
	{ 1, { SND_CHMAP_MONO } },
	{ 2, { FL, FR } },
	{ 3, { FL, FR, LFE } },
	{ 3, { FL, FR, FC } },
	{ 4, { FL, FR, RL, RR } },
	{ 4, { FL, FR, SL, SR } },
	{ 4, { FL, FR, FC, RC } },
	{ 4, { FL, FR, FC, LFE } },
	{ 5, { FL, FR, RL, RR, FC } },
	{ 5, { FL, FR, SL, SR, FC } },
	{ 5, { FL, FR, RL, RR, LFE } },
	{ 6, { FL, FR, RL, RR, FC, LFE } },
	{ 6, { FL, FR, SL, SR, FC, LFE } },
	{ 7, { FL, FR, RL, RR, FC, LFE, RC } },
	{ 7, { FL, FR, SL, SR, FC, LFE, RC } },
	{ 7, { FL, FR, RL, RR, FC, SL, SR } },
	{ 8, { FL, FR, RL, RR, FC, LFE, SL, SR } },
};

enum { LAYOUTS = sizeof(layouts) / sizeof(layouts[0]) };

static const struct {
	unsigned int position;
	enum downmix_speaker speaker;
} speakers[] = {
	{ SND_CHMAP_NA, DOWNMIX_SILENT },
	{ SND_CHMAP_MONO, DOWNMIX_MONO },
	{ FL, DOWNMIX_FRONT_LEFT },
	{ FR, DOWNMIX_FRONT_RIGHT },
	{ FC, DOWNMIX_CENTRE },
	{ LFE, DOWNMIX_LFE },
	{ RL, DOWNMIX_REAR_LEFT },
	{ RR, DOWNMIX_REAR_RIGHT },
	{ SL, DOWNMIX_SIDE_LEFT },
	{ SR, DOWNMIX_SIDE_RIGHT },
	{ RC, DOWNMIX_REAR_CENTRE },
};

enum { SPEAKERS = sizeof(speakers) / sizeof(speakers[0]) };

static int find_speaker(enum downmix_speaker *speaker, unsigned int position)
{
	for (int s = 0; s < SPEAKERS; s++)
		if (speakers[s].position == position) {
			*speaker = speakers[s].speaker;
			return 0;
		}
	return -EINVAL;
}

static int design(struct downmix *downmix, const unsigned int *position, unsigned int count)
{
	enum downmix_speaker speaker[DOWNMIX_CHANNELS_MAX];

	if (count < 1 || count > DOWNMIX_CHANNELS_MAX)
		return -EINVAL;
	for (unsigned int c = 0; c < count; c++)
		if (find_speaker(&speaker[c], position[c]) < 0)
			return -EINVAL;
	return downmix_design(downmix, speaker, count);
}

static const struct layout *default_layout(unsigned int count)
{
	for (int l = 0; l < LAYOUTS; l++)
		if (layouts[l].count == count)
			return &layouts[l];
	return NULL;
}

int channels_default(struct channels *channels, unsigned int count)
{
	const struct layout *layout = default_layout(count);

	if (!layout)
		return -EINVAL;
	channels->count = count;
	for (unsigned int c = 0; c < count; c++)
		channels->position[c] = layout->position[c];
	return design(&channels->downmix, channels->position, count);
}

static void refuse(const struct channels *channels, const snd_pcm_chmap_t *map)
{
	char text[200];

	if (snd_pcm_chmap_print(map, sizeof(text), text) < 0)
		strcpy(text, "?");
	SNDERR("crossfeed: channel map \"%s\": expected %u of FL, FR, FC, LFE, RL, RR, SL, SR, RC "
	       "and NA", text, channels->count);
}

int channels_set(struct channels *channels, const snd_pcm_chmap_t *map)
{
	if (map->channels != channels->count ||
	    design(&channels->downmix, map->pos, map->channels) < 0) {
		refuse(channels, map);
		return -EINVAL;
	}
	memcpy(channels->position, map->pos, map->channels * sizeof(map->pos[0]));
	return 0;
}

static size_t map_bytes(unsigned int count)
{
	return sizeof(snd_pcm_chmap_t) + count * sizeof(unsigned int);
}

snd_pcm_chmap_t *channels_map(const struct channels *channels)
{
	snd_pcm_chmap_t *map = malloc(map_bytes(channels->count));

	if (!map)
		return NULL;
	map->channels = channels->count;
	memcpy(map->pos, channels->position, channels->count * sizeof(map->pos[0]));
	return map;
}

static snd_pcm_chmap_query_t *layout_query(const struct layout *layout)
{
	snd_pcm_chmap_query_t *query = malloc(sizeof(*query) - sizeof(query->map) +
					      map_bytes(layout->count));

	if (!query)
		return NULL;
	query->type = SND_CHMAP_TYPE_VAR;
	query->map.channels = layout->count;
	for (unsigned int c = 0; c < layout->count; c++)
		query->map.pos[c] = layout->position[c];
	return query;
}

snd_pcm_chmap_query_t **channels_query(void)
{
	/* ends with NULL */
	snd_pcm_chmap_query_t **queries = calloc(LAYOUTS + 1, sizeof(snd_pcm_chmap_query_t *));

	if (!queries)
		return NULL;
	for (int l = 0; l < LAYOUTS; l++) {
		queries[l] = layout_query(&layouts[l]);
		if (!queries[l]) {
			snd_pcm_free_chmaps(queries);
			return NULL;	/* NOLINT(clang-analyzer-unix.Malloc): that frees it */
		}
	}
	return queries;
}
