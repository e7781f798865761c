/* The words of the configuration and of the wire, and the plan's defaults. */
#include <assert.h>

#include "thirdring/effect.h"
#include "thirdring/options.h"

#define TABLE(name, count, ...)                                                                    \
    const char *const name[count] = {__VA_ARGS__};                                                 \
    static_assert(sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *) == (count),               \
                  #name " must name every value")

TABLE(tr_sensor_type_name, TR_SENSOR_TYPE_COUNT, "contact", "beam", "button", "presence", "ring",
      "hook", "staff");
TABLE(tr_circuit_name, TR_CIRCUIT_COUNT, "contact", "button", "beam", "opto24", "mat", "pir", "tof",
      "staff", "ring", "hook", "eol");
TABLE(tr_drive_name, TR_DRIVE_COUNT, "buzzer", "stacklight", "sent-lamp");
TABLE(tr_bias_name, TR_BIAS_COUNT, "as-is", "disabled", "pull-up", "pull-down");
TABLE(tr_output_type_name, TR_OUTPUT_TYPE_COUNT, "buzzer", "lamp");
TABLE(tr_station_kind_name, TR_KIND_COUNT, "greeting", "queue", "call", "phone", "feedback");
TABLE(tr_discipline_name, TR_DISCIPLINE_COUNT, "one_line", "line_per_position", "tickets");
TABLE(tr_hook_sees_name, TR_HOOK_COUNT, "line", "handset");
TABLE(tr_audience_name, TR_AUDIENCE_COUNT, "customer", "internal", "staff");
TABLE(tr_sound_name, TR_SOUND_COUNT, "none", "rings", "urgent", "chime");
TABLE(tr_station_sound_name, TR_SOUND_COUNT + 1, "none", "rings", "urgent", "chime", "default");
TABLE(tr_sound_when_name, TR_SOUND_WHEN_COUNT, "needed", "always");
TABLE(tr_command_name, TR_COMMAND_COUNT, "ack", "mute", "void", "set_count", "test_output",
      "walktest", "refresh");
TABLE(tr_moment_name, TR_MOMENT_COUNT, "day", "open", "close", "daypart", "quiet");
TABLE(tr_event_kind_name, TR_EVENT_KIND_COUNT, "tick", "edge", "level", "input", "health", "gap",
      "command", "calendar", "clock", "restart", "plan", "finish");
TABLE(tr_outcome_name, TR_OUTCOME_COUNT, "answered", "abandoned", "expired", "void", "unknown");
TABLE(tr_by_name, TR_BY_COUNT, "sensor", "staff", "rule");
TABLE(tr_reason_name, TR_REASON_COUNT, "none", "closed", "staff_key", "left", "silence", "diverted",
      "gone", "give_up", "gap", "no_exit", "drift", "full", "end", "blind", "no_show");
TABLE(tr_health_name, TR_HEALTH_COUNT, "ok", "stuck_on", "stuck_off", "silent", "storm",
      "lost_edges");
TABLE(tr_measuring_name, TR_MEASURING_COUNT, "full", "degraded", "blind");
TABLE(tr_level_name, TR_LEVEL_COUNT, "ok", "at_risk", "late", "critical");
TABLE(tr_alert_rule_name, TR_RULE_COUNT, "wait", "length", "burning", "sensor", "offline");
TABLE(tr_alert_state_name, TR_ALERT_STATE_COUNT, "cleared", "raised", "acked");
TABLE(tr_news_name, TR_NEWS_COUNT, "arrived", "joined_party", "answered", "abandoned", "expired",
      "void", "unknown", "served", "ring", "priority", "missed_join", "vote", "streak", "away",
      "back", "called", "late_void", "held_back");
TABLE(tr_reject_name, TR_REJECT_COUNT, "time", "sensor", "station", "event", "value");
