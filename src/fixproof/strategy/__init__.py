"""Which probe next: generators that ask and are answered. They never run one."""
