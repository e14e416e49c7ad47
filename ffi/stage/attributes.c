#include "attributes.h"

#include <linux/ioprio.h>
#include <linux/keyctl.h>

#include "bytes.h"

/* What the kernel gives the first process (init_task), in nanoseconds. */
#define TIMER_SLACK 50000

/*
 * Only a privileged caller can get rid of a low priority: another one keeps it. That takes nothing from the node's
 * confinement, while a high priority left in place would.
 */
static int reset_scheduling(void) {
    int priority = 0;
    int error = CALL(sched_setscheduler, 0, SCHED_NORMAL, &priority);
    if (error < 0 && (error != -EPERM || CALL(sched_getscheduler, 0) != SCHED_IDLE)) return error;
    error = CALL(setpriority, 0 /* PRIO_PROCESS */, 0, 0);
    return error == -EACCES ? 0 : error;
}

int reset_attributes(struct stage *stage, struct reader *operands) {
    (void)stage, (void)operands;
    int error = reset_scheduling();
    if (error < 0) return error;
    error = CALL(ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_CLASS_NONE);
    if (error < 0 && error != -ENOSYS) return error; /* a kernel without block devices */
    if ((error = control_process(PR_SET_TIMERSLACK, TIMER_SLACK, 0)) < 0) return error;
    error = CALL(personality, 0); /* returns the former one, whose highest bits can be set */
    return error < 0 && error > -4096 ? error : 0;
}

/* A kernel without keyrings has none to keep from the program. */
int replace_session_keyring(struct stage *stage, struct reader *operands) {
    (void)stage, (void)operands;
    int error = CALL(keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
    return error < 0 && error != -ENOSYS ? error : 0;
}

int set_securebits(struct stage *stage, struct reader *operands) {
    int bits = (int)take_number(operands);
    int error = control_process(PR_SET_SECUREBITS, bits, 0);
    if (error < 0) return error;
    stage->detail = DETAIL_VERIFY;
    return control_process(PR_GET_SECUREBITS, 0, 0) == bits ? 0 : -EPERM;
}

int set_oom_score(struct stage *stage, struct reader *operands) {
    (void)stage;
    int score = (int)take_number(operands) - 1000; /* the plan's numbers have no sign */
    char text[16];
    char *end = append(text, score < 0 ? "-" : "");
    end = append_number(end, (uint32_t)(score < 0 ? -score : score), 10);
    int fd = open_at(AT_FDCWD, "/proc/self/oom_score_adj", O_WRONLY);
    if (fd < 0) return fd;
    int written = CALL(write, fd, text, end - text);
    close_descriptor(fd);
    return written < 0 ? written : 0;
}
