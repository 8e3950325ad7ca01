import { languageSwitch } from './words.js';

languageSwitch(document.getElementById('language'));
