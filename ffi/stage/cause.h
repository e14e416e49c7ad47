/* Why this machine gives no namespaces to somebody who is not root: the errno alone does not tell. */
#ifndef REDPAK_CAUSE_H
#define REDPAK_CAUSE_H

/* A sentence with the file to look at; NULL where none of the known causes is there. */
const char *find_cause(int error);

#endif
