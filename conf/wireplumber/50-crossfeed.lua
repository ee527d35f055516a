-- alsa-crossfeed - gives each sound card the profile set with "Headphones with crossfeed"
--
-- For WirePlumber 0.4, after its own 50-alsa-config.lua. A card that has a profile set of its
-- own keeps it. To undo this, put an empty file of the same name into
-- ~/.config/wireplumber/main.lua.d.

table.insert(alsa_monitor.rules, {
  matches = {
    {
      { "device.name", "matches", "alsa_card.*" },
      { "device.profile-set", "is-absent" },
    },
  },
  apply_properties = {
    ["device.profile-set"] = "crossfeed.conf",
  },
})
