// A clock in a worker: browsers slow the timers of a hidden tab down to one a second, but not those of its workers,
// and the game is played in two tabs of which one is hidden.
let timer;

self.onmessage = ({ data: interval }) => {
  clearInterval(timer);
  if (interval > 0) timer = setInterval(() => self.postMessage(null), interval);
};
