/** As much of React as a hook needs to run without a page: state, refs, callbacks, effects, one component. */

let current = null;

/** Mount a hook. `value()` is what it returned last; `unmount()` runs the clean-ups. */
export function mount(hook) {
  const instance = { slots: [], at: 0, effects: [], value: null, isMounted: true };
  instance.render = () => {
    if (!instance.isMounted) throw new Error("state was set after the component had gone");
    [current, instance.at] = [instance, 0];
    instance.value = hook();
    current = null;
    for (const effect of instance.effects.splice(0)) effect();
  };
  instance.render();
  return {
    value: () => instance.value,
    unmount() {
      instance.isMounted = false;
      for (const slot of instance.slots) slot.cleanUp?.();
    },
  };
}

/** Return this call's slot, made when the component renders for the first time. */
function slot(make) {
  const { slots, at } = current;
  current.at += 1;
  return (slots[at] ??= make());
}

export function useState(initial) {
  const owner = current;
  const state = slot(() => ({
    value: initial,
    set(next) {
      const value = typeof next === "function" ? next(state.value) : next;
      if (Object.is(value, state.value)) return;
      state.value = value;
      owner.render();
    },
  }));
  return [state.value, state.set];
}

export const useRef = (initial) => slot(() => ({ current: initial }));

export function useCallback(callback, dependencies) {
  const kept = slot(() => ({ callback, dependencies }));
  if (dependencies.some((each, i) => !Object.is(each, kept.dependencies[i])))
    Object.assign(kept, { callback, dependencies });
  return kept.callback;
}

export function useEffect(effect) {
  const owner = current;
  const kept = slot(() => ({ isNew: true }));
  if (!kept.isNew) return;
  kept.isNew = false;
  owner.effects.push(() => (kept.cleanUp = effect()));
}
