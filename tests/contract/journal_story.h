/**
 * @file journal_story.h
 * A story in turns, of which any prefix can be recognised: after turn k the
 * journal holds events 1 to 3k, waits 1 to k, the outbox without what was
 * acknowledged up to turn k, and the tail of turn k. Failing fails the test.
 */
#ifndef TR_TESTS_JOURNAL_STORY_H
#define TR_TESTS_JOURNAL_STORY_H

#include "../unit/journal_fixture.h"

/** Put all that happens in turn @p turn, from 1. */
void story_put(struct tr_journal *journal, int turn);

/**
 * Open with the plain VFS and look.
 *
 * @param at_least  The newest turn whose commit was reported done; 0: none.
 * @param at_most   The newest turn that was put.
 * @return the turn the journal stands at.
 */
int story_verify(const struct tr_journal_options *opt, int at_least, int at_most);

/** A folder of its own, in memory where there is one; small limits. */
void story_folder(struct tr_journal_options *opt);
/** Remove what lies in the folder of @p opt, and the folder if @p all. */
void story_sweep(const struct tr_journal_options *opt, bool all);

#endif
