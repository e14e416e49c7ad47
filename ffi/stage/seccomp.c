#include "seccomp.h"

#include <linux/filter.h>
#include <linux/seccomp.h>

/*
 * The plan has the instructions as the kernel wants them. INVARIANT: after no_new_privs, without which the kernel refuses;
 * what the stage does from here to the program is allowed by every profile (src/plan/seccomp/profile_test.ts).
 *
 * No flags: nothing is logged, for a program that is refused in a loop would fill the log; speculation stays restricted.
 */
int install_filter(struct stage *stage, struct reader *operands) {
    take_text(operands); /* profile */
    uint32_t count = take_number(operands);
    if (count > BPF_MAXINSNS) return -EINVAL; /* its length has 16 bits */
    struct sock_fprog program = {(unsigned short)count, (struct sock_filter *)operands->at};
    int error = CALL(seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
    if (error < 0) return error;
    stage->detail = DETAIL_VERIFY;
    return control_process(PR_GET_SECCOMP, 0, 0) == SECCOMP_MODE_FILTER ? 0 : -EPERM;
}
