/**
 * @file backup.h
 * What backup.c and restore.c share. Nobody else includes it.
 */
#ifndef TR_JOURNAL_BACKUP_H
#define TR_JOURNAL_BACKUP_H

#include <sys/types.h>

#include "journal/reader.h"

/**
 * Copy the journal at @p from, as it stands at one moment, to a new file @p to:
 * one file, checked whole, on disk. An older file of that name is gone.
 *
 * @param change  NULL, or SQL that the copy, not @p from, goes through.
 * @return as tr_journal_backup(); @p to is not there then.
 */
int tr_journal_copy(const char *from, const char *to, mode_t mode, const char *change,
                    struct tr_journal_copied *ret, char *reterr);

#endif
