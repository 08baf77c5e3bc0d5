/** Notices that something which ought to come again and again has stopped coming. */
export interface DeadManSwitch {
  /** It came. */
  beat(): void;
  stop(): void;
}

/**
 * Says once that the beats have stopped, and once that they are back.
 *
 * @param patience for how long none may come, in milliseconds; counted from the start as well
 */
export function deadManSwitch(patience: number, changed: (state: 'silent' | 'back') => void): DeadManSwitch {
  let silent = false;
  const timer = setTimeout(() => {
    silent = true;
    changed('silent');
  }, patience);
  return {
    beat() {
      timer.refresh();
      if (silent) changed('back');
      silent = false;
    },
    stop: () => clearTimeout(timer),
  };
}
