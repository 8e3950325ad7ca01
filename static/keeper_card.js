// the card that is shown once: its language, and the printer
import { languageSwitch } from './words.js';

languageSwitch(document.getElementById('language'));
document.getElementById('print').addEventListener('click', () => window.print());
